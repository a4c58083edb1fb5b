import type { StringMap } from '../../kubernetes/object.ts';
import type { CalicoMode } from '../policy/calico-mode.ts';
import type { VersionTraits } from '../policy/calico-version.ts';
import type { LabelledNets, PodEndpoint, ServiceEndpoints } from './endpoint.ts';
import type { LayeredMap } from './layered-map.ts';
import type { PolicyIndex } from './policy-index.ts';
import type { Tier } from './tier.ts';

/** How the cluster runs Calico. */
export interface PolicyWorldOptions {
  readonly mode: CalicoMode;
  /** Calico's version, e.g. `3.31`; the newest that is known where absent. */
  readonly version?: string;
  /** `enforced` judges as if staged policies were in force. Default: `ignored`. */
  readonly staged?: 'ignored' | 'enforced';
}

/** The namespaces and service accounts of a world, which give their pods labels. */
export interface LabelParents {
  /** Labels by name of the namespace. */
  readonly namespaces: LayeredMap<StringMap>;
  /** Labels by name of the service account, by namespace. */
  readonly serviceAccounts: LayeredMap<ReadonlyMap<string, StringMap>>;
}

/** What a world is made of. A part that a change does not concern is the same object afterwards. */
export interface WorldParts extends LabelParents {
  readonly options: PolicyWorldOptions;
  readonly traits: VersionTraits;
  readonly index: PolicyIndex;
  /** Every tier in the order of the walk: built-in ones, existing ones, and at the end those only named by policies. */
  readonly tiers: readonly Tier[];
  /** Tier objects by name. */
  readonly tierObjects: ReadonlyMap<string, Tier>;
  readonly pods: LayeredMap<PodEndpoint>;
  /** Network sets and host endpoints. */
  readonly labelledNets: LayeredMap<LabelledNets>;
  readonly endpointSlices: LayeredMap<ServiceEndpoints>;
}
