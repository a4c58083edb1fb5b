import type { DefaultAction, RuleId } from '../conventions/document/action.ts';
import type { Direction } from '../kubernetes/direction.ts';
import type { FamilyName } from '../kubernetes/net/family.ts';
import type { JsonPointer } from '../kubernetes/json-pointer.ts';
import type { ObjectReference } from '../kubernetes/object.ts';

/**
 * "This should be here": the whole value at a pointer, or its removal. Parents that are absent are implied.
 * Admission turns edits into JSON Patch, `tollgate fix` into text, SARIF into `fixes[]`.
 */
export type Edit =
  | { readonly pointer: JsonPointer; readonly value: unknown }
  | { readonly pointer: JsonPointer; readonly remove: true };

/** One thing that is wrong with one object. The sentences are complete: what, where, why, what to write instead. */
export interface Finding {
  readonly rule: RuleId;
  readonly object: ObjectReference;
  /** Where in the object; empty for the object as a whole. */
  readonly pointer: JsonPointer;
  /** One sentence without a full stop that names the object and what is wrong. */
  readonly message: string;
  readonly found?: string;
  /** What would be right, ready to be copied. */
  readonly expected?: string;
  /** What to write, as a short clause: where messages are cut it stands before what follows from the fault. */
  readonly brief?: string;
  /** The pod, label set, flow or namespaces that prove the finding, and what decides; or simply why it is so. */
  readonly witness?: string;
  readonly fix?: readonly Edit[];
  /** What happens where a convention says nothing of the rule, where that differs from the rule's own default. */
  readonly defaultAction?: DefaultAction;
  /** Never more than a warning, whatever the rule's action: what it says is true, but nothing is open because of it. */
  readonly advisory?: true;
  /** What whoever asked must not be told, since it is in the namespace of others: the log has it. */
  readonly forLog?: string;
  /** All directions and families that are open by it, where it is about those: what waivers can pin. */
  readonly concerns?: Concerns;
  /** The namespace that suffers, where it is not the object's own: its convention and its waivers decide. */
  readonly namespace?: string;
}

export interface Concerns {
  readonly directions: readonly Direction[];
  readonly families: readonly FamilyName[];
}

/** What a rule says of its subject: a finding without what is the same in all of its findings. */
export interface Remark extends Omit<Finding, 'rule' | 'object'> {
  /** What is wrong, without the object: it stands after `lead`. */
  readonly message: string;
  /** The beginning of the message; the name of the subject and a colon where nothing else is said. */
  readonly lead?: string;
}
