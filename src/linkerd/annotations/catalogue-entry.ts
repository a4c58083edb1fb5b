import type { ValueKindName } from './value-kinds.ts';

/** One annotation that Linkerd reads. */
export interface CatalogueEntry {
  readonly key: string;
  readonly kind: ValueKindName;
  /** What holds without it, in words or as a value; undefined where there is nothing to say. */
  readonly default?: string;
  /** Where Linkerd reads it. */
  readonly places: readonly AnnotationPlacement[];
  /** Whether pods get a copy of the namespace's. */
  readonly inherited: boolean;
  /** Values that only this version and later ones know. */
  readonly valuesSince?: Readonly<Record<string, string>>;
  /** The first and the last version `2.MINOR` that reads it. */
  readonly since?: string;
  readonly until?: string;
  /** The version since which it is still handed down, but does nothing. */
  readonly deadSince?: string;
  /** The key to write instead, and since which version. */
  readonly deprecated?: { readonly by: string; readonly since: string };
  /** Whether Linkerd's annotation reference names it. */
  readonly documented: boolean;
  /** What a value of the wrong kind does where Linkerd takes it all the same, as the end of a sentence. */
  readonly badValue?: string;
  /** The annotations of a Service or route that fall together when one of them is bad. */
  readonly group?: 'retry' | 'timeout' | 'accrual' | 'load-biaser';
}

/** Where an annotation stands; `object` is the workload's own metadata, which Linkerd never reads. */
export type AnnotationPlacement = 'podTemplate' | 'namespace' | 'service' | 'route' | 'object';
