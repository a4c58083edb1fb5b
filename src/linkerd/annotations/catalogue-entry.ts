import type { ValueKindName } from './value-kinds.ts';

/** One annotation that Linkerd reads. */
export interface CatalogueEntry {
  readonly key: string;
  readonly kind: ValueKindName;
  /** The default, in words or as a value; undefined if there is none worth naming. */
  readonly default?: string;
  /** Where Linkerd reads it. */
  readonly places: readonly AnnotationPlacement[];
  /** Whether pods inherit it from their namespace. */
  readonly inherited: boolean;
  /** By value, the version since which it is valid, for values that are newer than the annotation. */
  readonly valuesSince?: Readonly<Record<string, string>>;
  /** The first and the last version `2.MINOR` that reads it. */
  readonly since?: string;
  readonly until?: string;
  /** The version since which pods still inherit it, but it does nothing. */
  readonly deadSince?: string;
  /** The key to write instead, and since which version. */
  readonly deprecated?: { readonly by: string; readonly since: string };
  /** Whether Linkerd's annotation reference names it. */
  readonly documented: boolean;
  /** What an invalid value does if Linkerd uses it nevertheless, as the end of a sentence. */
  readonly badValue?: string;
  /** The group of a Service's or route's annotation: one invalid value makes Linkerd ignore the whole group. */
  readonly group?: 'retry' | 'timeout' | 'accrual' | 'load-biaser';
}

/** Where an annotation stands; `object` is the workload's own metadata, which Linkerd never reads. */
export type AnnotationPlacement = 'podTemplate' | 'namespace' | 'service' | 'route' | 'object';
