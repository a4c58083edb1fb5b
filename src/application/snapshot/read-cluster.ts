import type { CalicoMode } from '../../calico/index.ts';
import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { ApiError, messageOf } from '../../cluster/connection/api-error.ts';
import { objectOf, readPage } from '../../cluster/follow/list.ts';
import { decideCalicoApi } from '../../cluster/view/calico-mode.ts';
import { createDiscovery } from '../../cluster/view/discovery.ts';
import {
  idOf,
  optionalGroups,
  pathOf,
  type WatchedResource,
  watchedResources,
} from '../../cluster/view/resources.ts';
import { hiddenPolicies } from '../../cluster/view/tier-visibility.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';

/** What a cluster holds at one time, as far as verdicts ask. */
export interface ClusterContent {
  readonly objects: readonly KubernetesObject[];
  /** How Calico is served; undefined where it is not. */
  readonly calico?: { readonly mode: CalicoMode; readonly version?: string };
  /** What could not be read, and may decide. */
  readonly gaps: readonly Gap[];
}

const pageSize = 500;

/**
 * Reads what a cluster holds, once, with no more than lists: the collections that the webhook follows.
 * @param stated the mode that the conventions say, where the cluster can be read in several ways
 * @param patienceMs how long one request may take
 * @throws what the connection throws where the API server does not even tell what it serves
 */
export async function readCluster(
  connection: ApiConnection,
  { stated, patienceMs = 30_000 }: { readonly stated?: CalicoMode; readonly patienceMs?: number } = {},
): Promise<ClusterContent> {
  const signal = () => AbortSignal.timeout(patienceMs);
  const served = await createDiscovery(connection, optionalGroups).look(signal());
  const { api, doubt, version } = await decideCalicoApi(served, connection, stated, signal());
  const gaps: Gap[] = [
    ...(doubt ? [doubt] : []),
    ...served.stale.map((group) => ({ what: group, why: 'its API server does not answer' })),
  ];
  const objects: KubernetesObject[] = [];
  const counts = new Map<string, number>();
  for (const resource of watchedResources(api, [])) {
    const path = pathOf(resource, served);
    if (path === undefined) continue;
    try {
      const read = await readCollection(connection, path, resource, signal);
      counts.set(idOf(resource), read.total);
      objects.push(...read.kept);
    } catch (error) {
      // Discovery may know of what has just gone.
      if (error instanceof ApiError && error.status === 404 && resource.version === undefined) continue;
      gaps.push({ what: idOf(resource), why: `it could not be read (${messageOf(error)})` });
    }
  }
  if (api === 'apiserver') {
    const shown = (resource: string) => counts.get(`${resource}.projectcalico.org`) ?? 0;
    try {
      gaps.push(...(await hiddenPolicies(connection, shown, signal())));
    } catch (error) {
      gaps.push({
        what: 'Calico policies',
        why: `whether some are hidden cannot be told (${messageOf(error)})`,
      });
    }
  }
  return {
    objects,
    gaps,
    ...(api === 'absent'
      ? {}
      : { calico: { mode: api, ...(version.version === undefined ? {} : { version: version.version }) } }),
  };
}

async function readCollection(
  connection: ApiConnection,
  path: string,
  { project, query }: WatchedResource,
  signal: () => AbortSignal,
): Promise<{ readonly kept: readonly KubernetesObject[]; readonly total: number }> {
  const kept: KubernetesObject[] = [];
  let total = 0;
  let token: string | undefined;
  do {
    const page = await readPage(connection, path, { query, limit: pageSize, token, signal: signal() });
    total += page.items.length;
    kept.push(...page.items.flatMap((item) => project(objectOf(item, page)) ?? []));
    token = page.next;
  } while (token !== undefined);
  return { kept, total };
}
