import { isVersion } from '../../calico/index.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import type { ServedResources } from './discovery.ts';

/** What was found out about Calico's version. */
export interface FoundVersion {
  /** Such as `3.31.2`; absent where it could not be told. */
  readonly version?: string;
  /** Why it could not be told, and what would help. */
  readonly problem?: string;
}

/**
 * Reads which Calico a cluster runs: `calico-node` writes its version into the ClusterInformation `default` when it
 * starts, so after the first node of an upgrade this is the new one.
 * Source: Calico libcalico-go/lib/clientv3/client.go, EnsureInitialized; api/pkg/apis/projectcalico/v3/clusterinfo.go.
 * @param group that in which Calico's objects are followed
 */
export async function findCalicoVersion(
  connection: ApiConnection,
  served: ServedResources,
  group: string,
  signal: AbortSignal,
): Promise<FoundVersion> {
  const version = served.versionOf(group, 'clusterinformations');
  const what = `clusterinformations.${group}`;
  if (version === undefined) return { problem: `the cluster serves no ${what}` };
  try {
    const path = `/apis/${group}/${version}/clusterinformations/default`;
    const object = await connection.json('GET', path, { signal });
    const written = isRecord(object) && isRecord(object.spec) ? object.spec.calicoVersion : undefined;
    if (typeof written === 'string' && isVersion(written)) return { version: written.replace(/^v/, '') };
    const said = typeof written === 'string' ? `"${written}", which is no version` : 'nothing';
    return { problem: `spec.calicoVersion of ClusterInformation "default" says ${said}` };
  } catch (error) {
    if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) throw error;
    const remedy = error.status === 403 ? `: allow get on ${what} "default"` : '';
    return { problem: `ClusterInformation "default" could not be read (${error.message})${remedy}` };
  }
}
