import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { SupposedPod } from './supposed-pod.ts';
import type { TrailStep } from './trail.ts';

/** One end of a flow: a pod of the world as `namespace/name`, a Pod that need not be in the world, or an address. */
export type FlowEnd = { readonly pod: string | KubernetesObject | SupposedPod } | { readonly ip: string };

/** A connection attempt; ports and ICMP fields count as 0 where they are left out. */
export interface Flow {
  readonly source: FlowEnd;
  readonly destination: FlowEnd;
  /** A name as Calico writes it (`TCP`), or a number. */
  readonly protocol: string | number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/** What one end of a flow decides. */
export interface FlowHalf {
  readonly verdict: 'allow' | 'deny';
  readonly trail: readonly TrailStep[];
}

export interface FlowVerdict {
  /** `deny` where either half denies; `unknown` where an end of the flow cannot be found. */
  readonly verdict: 'allow' | 'deny' | 'unknown';
  /** The half at the source, where that is a pod with policies. */
  readonly egress?: FlowHalf;
  /** The half at the destination, where that is a pod with policies. */
  readonly ingress?: FlowHalf;
  /** Why the verdict is unknown. */
  readonly problem?: string;
}
