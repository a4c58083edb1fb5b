import type { InjectionReason } from './injection.ts';

/** Where an annotation stands; `object` is the workload's own metadata, which Linkerd never reads. */
export type AnnotationPlacement = 'podTemplate' | 'namespace' | 'service' | 'route' | 'object';

/**
 * - `applied`: something about the pod or Service is different because of it
 * - `no-effect`: Linkerd ignores it, or it says what holds anyway
 * - `pod-denied`: the injector refuses the pod
 * - `not-injected`: the pod is created without a proxy
 * - `undecodable-patch`: the injector's answer is broken; the webhook's failure policy decides
 */
export type AnnotationOutcome = 'applied' | 'no-effect' | 'pod-denied' | 'not-injected' | 'undecodable-patch';

/** What one annotation really does where it stands. */
export interface AnnotationEffect {
  readonly outcome: AnnotationOutcome;
  /** Namespace only: whether pods get a copy of it. */
  readonly copiedToPod?: boolean;
  /** `not-injected` only. */
  readonly reasons?: readonly InjectionReason[];
  /** Whether the value is one that Linkerd takes; an unknown key has no valid value. */
  readonly valid: boolean;
  /** One sentence on what a bad value, place or key does; undefined where nothing is wrong. */
  readonly message?: string;
  /** What may be written, in words; undefined for unknown keys. */
  readonly expected?: string;
  /** A value or key that was probably meant. */
  readonly suggestion?: string;
}
