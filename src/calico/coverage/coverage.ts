import type { ObjectReference, StringMap } from '../../kubernetes/object.ts';
import type { TrailStep } from '../flow/trail.ts';
import type { Direction } from '../policy/policy.ts';
import type { PolicyProblem } from '../policy/problem.ts';
import type { FamilyName } from '../../kubernetes/net/family.ts';

export type Family = FamilyName;

export interface CoverageOptions {
  /** Default: both. */
  readonly directions?: readonly Direction[];
  /** Default: both. */
  readonly families?: readonly Family[];
  /** Parts of the picture that are missing: nothing is certain then. */
  readonly gaps?: readonly { readonly what: string; readonly why: string }[];
  /**
   * What becomes of that which cannot be told: `unknown` (the default) leaves the answer open, `left-out` answers for
   * what is visible, which is what Calico would do with it: an invalid policy is dropped, a tier that is missing comes
   * last and denies, and gaps hold nothing. Such an answer is good for comparing two states, never for trusting one.
   */
  readonly doubts?: 'unknown' | 'left-out';
  /** For questions about many namespaces: what all of them together may cost. Without it each has a bound of its own. */
  readonly effort?: CoverageEffort;
}

/** What may still be spent before every answer that is not known yet is `unknown`, and what each search for one takes. */
export interface CoverageEffort {
  left: number;
  readonly each: number;
}

/** Whether every pod that could be created in a namespace is closed to a connection that nobody asked for. */
export interface Coverage {
  readonly namespace: string;
  /** One entry for each direction asked about, Ingress first. */
  readonly directions: readonly DirectionCoverage[];
}

export interface CoverageVerdict {
  readonly direction: Direction;
  /**
   * `deny`: covered. `allow`: the witness escapes. `unknown`: something that could change the answer is unresolved;
   * never to be counted as covered.
   */
  readonly verdict: 'deny' | 'allow' | 'unknown';
  /** For `deny`: what rules that each name a protocol, ports or networks open together all the same. */
  readonly wideOpen?: WideOpening;
  /** For `unknown`: the effort was used up, so nobody has looked. */
  readonly exceeded?: true;
}

/** Some pod has most ports of both TCP and UDP open from anywhere; or, above a limit, nobody has looked. */
export type WideOpening =
  | {
      readonly witness: Witness;
      /** The walks of one connection each. */
      readonly tcp: readonly TrailStep[];
      readonly udp: readonly TrailStep[];
    }
  | {
      /** The limit in words. */
      readonly limit: string;
    };

export interface DirectionCoverage extends CoverageVerdict {
  /** The pod that escapes, for `allow`. */
  readonly witness?: Witness;
  /** The walk of the witness; for `deny` that of a pod without labels under the service account `default`. */
  readonly decidedBy: readonly TrailStep[];
  /** For `deny`: what is open all the same, because rules ask for it. */
  readonly holes: readonly Hole[];
  /** For `unknown`: everything that keeps the answer open. */
  readonly reasons: readonly UnknownReason[];
}

/** A pod, its service account and the family of the connection that gets through. */
export interface Witness {
  readonly labels: StringMap;
  readonly serviceAccount: {
    readonly name: string;
    /** False for one that may be created, with the labels given. */
    readonly exists: boolean;
    readonly labels: StringMap;
  };
  readonly family: Family;
  /** The other end, an address that no policy mentions; or, where all are mentioned, one that gets through. */
  readonly address: string;
  /** A block the pod's own address must lie in, where a rule asks for that. */
  readonly podAddress?: string;
  /** The network sets that hold the address, where the rule that lets it through finds it by them. */
  readonly sets?: readonly { readonly namespace?: string; readonly name: string }[];
}

/** What one Allow or Pass rule opens in a namespace that is covered otherwise. */
export interface Hole {
  readonly policy: ObjectReference;
  readonly tier: string;
  readonly direction: Direction;
  /** The index in the object's own list of rules. */
  readonly rule: number;
  /** In words, e.g. `app == 'web' in the namespace on 8080/TCP`. */
  readonly opens: string;
  /** All of a protocol from anywhere, the whole cluster, or a large share of the address space. */
  readonly wide: boolean;
}

/** Why the verdict is not known. */
export interface UnknownReason {
  readonly code:
    | 'policy-invalid'
    | 'tier-missing'
    | 'tier-invalid'
    | 'too-many-classes'
    | 'too-many-address-ranges'
    | 'view-incomplete';
  /** One sentence without a full stop. */
  readonly message: string;
  /** The object that is at fault, where there is one. */
  readonly object?: ObjectReference;
  /** The tier of the object, where that is at fault. */
  readonly tier?: string;
  /** What is wrong with it. */
  readonly problems?: readonly PolicyProblem[];
}
