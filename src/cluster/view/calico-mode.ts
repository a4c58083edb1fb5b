import type { CalicoMode } from '../../calico/index.ts';
import type { CalicoOrigin } from '../../inventory/calico-in-force.ts';
import type { Gap } from '../../inventory/inventory.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { findCalicoVersion, type FoundVersion } from './calico-version.ts';
import type { ServedResources } from './discovery.ts';

/**
 * How a cluster serves Calico's policies: by Calico's aggregated API server, as custom resources of
 * `projectcalico.org/v3`, only in the storage form of `crd.projectcalico.org/v1`, or not at all.
 */
export type CalicoApi = CalicoMode | 'absent';

/** The collections that hold the policies which Calico enforces, as far as that can be told. */
export interface CalicoDecision {
  readonly api: CalicoApi;
  readonly from: CalicoOrigin;
  /** Why it is no more than a guess, on which no verdict may rest. */
  readonly doubt?: Gap;
  /** What a convention says that cannot be so. */
  readonly contradiction?: string;
  /** Which Calico it is, as far as the cluster tells; where it does not, verdicts that hang on it are unknown. */
  readonly version: FoundVersion;
}

/**
 * Decides in which group Calico's policies are to be followed just now, which a migration from one to the other
 * changes, and finds out the version, which an upgrade changes.
 * What the cluster shows beyond doubt counts. Where several ways are possible, a convention decides; Calico itself
 * goes by its environment there (`CALICO_API_GROUP`), which no object of the API has to tell.
 * Source: Calico, `libcalico-go/lib/backend/k8s/discovery.go` (UsingV3CRDs).
 * @param stated the mode that the conventions say
 */
export async function decideCalicoApi(
  served: ServedResources,
  connection: ApiConnection,
  stated: CalicoMode | undefined,
  signal: AbortSignal,
): Promise<CalicoDecision> {
  const decided = choose(await detect(served, connection, signal), stated);
  if (decided.api === 'absent') return { ...decided, version: {} };
  const group = decided.api === 'raw' ? 'crd.projectcalico.org' : 'projectcalico.org';
  return { ...decided, version: await findCalicoVersion(connection, served, group, signal) };
}

function choose(
  { possible, why }: Detection,
  stated: CalicoMode | undefined,
): Omit<CalicoDecision, 'version'> {
  const [api, ...others] = possible;
  const isPossible = stated === undefined || api === 'absent' || possible.includes(stated);
  const contradiction = `spec.calico.mode of the convention is ${stated}, but the cluster serves Calico as ${possible.join(' or ')}`;
  const contradicted = isPossible ? {} : { contradiction };
  if (others.length === 0) return { api, from: 'detected', ...contradicted };
  if (stated !== undefined && isPossible) return { api: stated, from: 'convention' };
  return { api, from: 'assumed', doubt: { what: 'Calico policies', why }, ...contradicted };
}

interface Detection {
  /** What it can be, the likeliest first. */
  readonly possible: readonly [CalicoApi, ...CalicoApi[]];
  /** Why it can be several. */
  readonly why: string;
}

const apiService = 'v3.projectcalico.org';

/**
 * Whoever serves `projectcalico.org`, the API service decides: it names a Service where Calico's API server answers,
 * be its store Kubernetes or an etcd of its own, of which there is no `crd.projectcalico.org`.
 */
async function detect(
  served: ServedResources,
  connection: ApiConnection,
  signal: AbortSignal,
): Promise<Detection> {
  const [v3, stored] = [served.hasGroup('projectcalico.org'), served.hasGroup('crd.projectcalico.org')];
  if (!v3) return { possible: [stored ? 'raw' : 'absent'], why: '' };
  const asResources: Detection['possible'] = stored ? ['raw', 'v3crd'] : ['v3crd'];
  try {
    const path = `/apis/apiregistration.k8s.io/v1/apiservices/${apiService}`;
    const service = await connection.json('GET', path, { signal });
    if (isRecord(service) && isRecord(service.spec) && isRecord(service.spec.service))
      return { possible: ['apiserver'], why: '' };
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) throw error;
    if (error.status === 404 && !stored) return { possible: asResources, why: '' };
    return {
      possible: ['apiserver', ...asResources],
      why: `whether Calico's API server serves projectcalico.org cannot be told, since the API service ${apiService} could not be read (${error.message}): allow that, or set spec.calico.mode in the convention`,
    };
  }
  return {
    possible: asResources,
    why: 'both projectcalico.org and crd.projectcalico.org are custom resources, and nothing says which of them Calico reads: set spec.calico.mode in the convention, or remove the CRDs that are not used',
  };
}
