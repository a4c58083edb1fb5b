import type { LabelSelector } from '../../kubernetes/label-selector.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type { RuleId } from '../document/action.ts';
import type { Pin, Pinnable } from './pin.ts';
import type { DocumentSource } from '../document/document-source.ts';

/** What a waiver is matched against: the part of a finding that says what is wrong with which object. */
export interface Waivable {
  readonly rule: RuleId;
  readonly object: ObjectReference;
  /** What a waiver can pin of it; without it no waiver that pins findings covers it. */
  readonly pinnable?: () => Pinnable;
}

/** What every waiver says of itself, whether it is a document or an annotation. */
export interface WaiverStatement {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  /** Rule ids, and groups as `gate/*`. */
  readonly rules: readonly string[];
  /** The first day on which it counts, as written: YYYY-MM-DD, UTC. */
  readonly from?: string;
  /** The last day on which it counts, as written: YYYY-MM-DD, UTC. */
  readonly until: string;
  readonly ticket?: string;
  readonly approvedBy?: string;
  /** The findings that it is for; without it all of its rules and objects. */
  readonly findings?: readonly Pin[];
  /** Of the waiver of a finding: others that cover it as well, and end earlier or on the same day. */
  readonly also?: readonly string[];
}

/** An exception, compiled: globs and selectors ready. */
export interface Waiver extends WaiverStatement {
  /** Names as written, with `*` and `?`; undefined where it does not look at them. */
  readonly namespaces?: readonly string[];
  readonly names?: readonly string[];
  readonly kinds?: readonly string[];
  /** Of the labels of namespaces, where it looks at them. */
  readonly namespaceSelector?: LabelSelector;
  /** Whether it is about an object; the namespace is the object's own, or the one that suffers. */
  readonly matches: (object: ObjectReference, namespace: NamespaceIdentity | undefined) => boolean;
  /** Whether it could be about objects of a namespace. */
  readonly covers: (namespace: NamespaceIdentity) => boolean;
  /** The document that it was read from; an annotation has none. */
  readonly source?: DocumentSource;
}
