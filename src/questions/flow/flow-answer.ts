import type { KubernetesObject, ObjectReference } from '../../kubernetes/object.ts';
import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { Transport } from './transport.ts';

/** What becomes of one connection, with everything that decides it. */
export interface FlowAnswer {
  readonly verdict: 'allowed' | 'denied' | 'unknown';
  readonly source: string;
  readonly destination: string;
  readonly protocol: Transport;
  readonly port: number;
  /** The port on which the connection meets network policies: that of the proxy where both ends are meshed. */
  readonly dialed: number;
  readonly service?: { readonly name: string; readonly port: number };
  /** Absent where no policy can select the source. */
  readonly egress?: HalfAnswer;
  /** Absent where no policy can select the destination. */
  readonly ingress?: HalfAnswer;
  readonly mesh?: MeshAnswer;
  /** Why the verdict is unknown. */
  readonly unknown: readonly string[];
  /** For a denial: what would allow exactly this; or why nothing small does. */
  readonly opening?: Opening;
}

/** What the policies of one end say. */
export interface HalfAnswer {
  readonly verdict: 'allowed' | 'denied' | 'unknown';
  readonly steps: readonly StepAnswer[];
  /** Policies that select the end in the tier that decides. */
  readonly selectedBy: readonly ObjectReference[];
  readonly nearMisses: readonly Explained[];
}

/** One decision on the way. */
export interface StepAnswer extends Explained {
  readonly verdict: 'allow' | 'deny' | 'pass';
}

/** A sentence about a place in an object. */
export interface Explained {
  readonly text: string;
  readonly at?: { readonly object: ObjectReference; readonly pointer: JsonPointer };
}

/** What Linkerd makes of a connection. */
export interface MeshAnswer {
  readonly encrypted: 'yes' | 'no' | 'unknown';
  /** One sentence: how it goes, and why. */
  readonly text: string;
  /** Whether the proxy of the destination lets the source in. */
  readonly authorized?: { readonly verdict: 'allowed' | 'denied' | 'unknown'; readonly text: string };
}

/** What would allow exactly what was asked. */
export type Opening =
  | {
      readonly objects: readonly KubernetesObject[];
      /** Others that have the same labels, so that it is opened for them too. */
      readonly alsoFor: readonly string[];
    }
  | { readonly none: string };
