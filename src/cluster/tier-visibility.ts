import type { Gap } from '../inventory/inventory.ts';
import { isRecord } from '../kubernetes/object.ts';
import type { ApiConnection } from './api-connection.ts';
import { ApiError } from './api-error.ts';
import { calicoPolicies } from './resources.ts';

/** Metadata of one object, and how many more there are, is all that counting needs. */
const accept = 'application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadataList,application/json';

/**
 * Finds the policies that are stored but not shown.
 * Calico's API server leaves out of a list, without a word, what is in a tier that the reader may not read; the
 * storage behind it, in a group of its own, has no tiers to hide, so the numbers tell.
 * Source: Calico, `apiserver/pkg/registry/projectcalico/util/rbac.go` (EnsureTierSelector).
 * @param shown how many of a resource were listed
 */
export async function hiddenPolicies(
  connection: ApiConnection,
  shown: (resource: string) => number,
  signal: AbortSignal,
): Promise<readonly Gap[]> {
  const gaps = await Promise.all(
    calicoPolicies.map(async (resource) => {
      const what = `${resource}.projectcalico.org`;
      try {
        const stored = await countStored(connection, resource, signal);
        const listed = shown(resource);
        if (stored <= listed) return [];
        const why = `${listed} of ${stored} are shown: tollgate may not read every tier`;
        return [{ what, why }];
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 404) return [];
        if (error.status !== 403) throw error;
        return [{ what, why: `whether all of them are shown cannot be told: ${error.message}` }];
      }
    }),
  );
  return gaps.flat();
}

async function countStored(
  connection: ApiConnection,
  resource: string,
  signal: AbortSignal,
): Promise<number> {
  const path = `/apis/crd.projectcalico.org/v1/${resource}`;
  const list = await connection.json('GET', path, { query: { limit: 1 }, headers: { accept }, signal });
  if (!isRecord(list) || !Array.isArray(list.items)) return 0;
  const more = isRecord(list.metadata) ? list.metadata.remainingItemCount : undefined;
  return list.items.length + (typeof more === 'number' ? more : 0);
}
