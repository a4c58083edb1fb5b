import type { KubernetesObject, ObjectReference } from '../../kubernetes/object.ts';
import type { Policy } from '../policy/policy.ts';
import type { Tier } from './tier.ts';

/**
 * How the cluster serves Calico's API, which decides defaulting: through Calico's API server (or calicoctl), as
 * native `projectcalico.org/v3` custom resources, or as `crd.projectcalico.org/v1` objects that nothing defaults.
 */
export type CalicoMode = 'apiserver' | 'v3crd' | 'raw';

export interface PolicyWorldOptions {
  readonly mode: CalicoMode;
  /** Calico's version, e.g. `3.31`; the newest that is known where absent. */
  readonly version?: string;
  /** `enforced` judges as if staged policies were in force. Default: `ignored`. */
  readonly staged?: 'ignored' | 'enforced';
}

/** An immutable set of policies and of what they select, compiled; what it has judged it remembers. */
export interface PolicyWorld {
  readonly options: PolicyWorldOptions;
  /** Every policy, whether valid or not, each once although several API groups may show it. */
  readonly policies: Iterable<Policy>;
  /** Every tier in the order of the walk: built-in ones, existing ones, and at the end those only named by policies. */
  readonly tiers: readonly Tier[];
}

/** What comes into a world or takes the place of its former self, and what goes. */
export interface WorldChange {
  readonly put?: readonly KubernetesObject[];
  readonly remove?: readonly ObjectReference[];
}

/** Compiles policies, tiers, network sets, namespaces, pods and service accounts; objects of other kinds are ignored. */
export function createPolicyWorld(
  _objects: Iterable<KubernetesObject>,
  _options: PolicyWorldOptions,
): PolicyWorld {
  throw new Error('not built yet');
}

/** The world as it is after a change; what the change does not concern stays compiled and judged. */
export function changeWorld(_world: PolicyWorld, _change: WorldChange): PolicyWorld {
  throw new Error('not built yet');
}
