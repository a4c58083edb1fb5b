import { isRecord } from '../kubernetes/object.ts';
import type { ApiConnection } from './api-connection.ts';
import { ApiError } from './api-error.ts';
import type { ServedResources } from './discovery.ts';

/**
 * How a cluster serves Calico's policies: by Calico's aggregated API server, as custom resources of
 * `projectcalico.org/v3`, only in the storage form of `crd.projectcalico.org/v1`, or not at all.
 */
export type CalicoApi = 'apiserver' | 'v3crd' | 'raw' | 'absent';

/**
 * Tells how the cluster serves Calico's policies just now; a migration from one way to another changes the answer.
 * With both groups present the API service decides: it names a Service where Calico's API server answers, and none
 * where the API server itself serves custom resources. Who may not read it is answered by the usual case.
 * Source: Calico, `libcalico-go/lib/backend/k8s/discovery.go` (UsingV3CRDs).
 */
export async function detectCalicoApi(
  served: ServedResources,
  connection: ApiConnection,
  signal: AbortSignal,
): Promise<CalicoApi> {
  const [v3, stored] = [served.hasGroup('projectcalico.org'), served.hasGroup('crd.projectcalico.org')];
  if (!v3) return stored ? 'raw' : 'absent';
  if (!stored) return 'v3crd';
  const path = '/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org';
  try {
    const service = await connection.json('GET', path, { signal });
    return isRecord(service) && isRecord(service.spec) && isRecord(service.spec.service)
      ? 'apiserver'
      : 'v3crd';
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return 'apiserver';
    throw error;
  }
}
