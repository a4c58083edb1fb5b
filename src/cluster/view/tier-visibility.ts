import type { Gap } from '../../inventory/inventory.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { calicoPolicies } from './resources.ts';

/** Metadata of one object, and how many more there are, is all that counting needs. */
const accept = 'application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadataList,application/json';

/**
 * Proves that Calico's API server shows every policy, or says which it may not show and which right is missing.
 * It leaves out of a list, without a word, what is in a tier that the reader may not read; whoever names a tier is
 * refused instead. So the tiers are listed first, and then the policies of all of them are asked for by name. Policies
 * that an older release has stored without the label of their tier are found by their number: where the storage
 * behind it is in a group of its own, that one has no tiers to hide.
 * Source: Calico, `apiserver/pkg/registry/projectcalico/util/rbac.go` (EnsureTierSelector).
 * @param shown how many of a resource were listed
 */
export async function hiddenPolicies(
  connection: ApiConnection,
  shown: (resource: string) => number,
  signal: AbortSignal,
): Promise<readonly Gap[]> {
  const tiers = await tierNames(connection, signal);
  if ('why' in tiers) return [tiers];
  const gaps = await Promise.all(
    calicoPolicies.map(async (resource) => {
      const unread = await unreadTiers(connection, resource, tiers, signal);
      return unread.length > 0 ? unread : uncounted(connection, resource, shown(resource), signal);
    }),
  );
  return gaps.flat();
}

async function tierNames(connection: ApiConnection, signal: AbortSignal): Promise<readonly string[] | Gap> {
  try {
    const list = await connection.json('GET', '/apis/projectcalico.org/v3/tiers', {
      headers: { accept },
      signal,
    });
    const items: readonly unknown[] = isRecord(list) && Array.isArray(list.items) ? list.items : [];
    return items.flatMap((item) => {
      const name = isRecord(item) && isRecord(item.metadata) ? item.metadata.name : undefined;
      return typeof name === 'string' ? [name] : [];
    });
  } catch (error) {
    const why = `which tiers there are cannot be told (${refusal(error)}): allow get, list and watch on tiers.projectcalico.org`;
    // Before Calico 3.29 there are none, so that none can hide anything.
    return error instanceof ApiError && error.status === 404 ? [] : { what: 'tiers.projectcalico.org', why };
  }
}

/** All tiers are asked for at once; only where that is refused it is found out which of them it is. */
async function unreadTiers(
  connection: ApiConnection,
  resource: string,
  tiers: readonly string[],
  signal: AbortSignal,
): Promise<readonly Gap[]> {
  if (tiers.length === 0 || (await refused(connection, resource, tiers, signal)) === undefined) return [];
  const what = `${resource}.projectcalico.org`;
  const gaps: Gap[] = [];
  for (const tier of tiers) {
    const message = await refused(connection, resource, [tier], signal);
    if (message === undefined) continue;
    const why = `those of tier "${tier}" are hidden from tollgate (${message}): allow get on tiers.projectcalico.org, and list and watch on tier.${resource}.projectcalico.org, without resourceNames`;
    gaps.push({ what, why });
  }
  return gaps;
}

/** What the refusal to show the policies of some tiers says; undefined where they are shown. */
async function refused(
  connection: ApiConnection,
  resource: string,
  tiers: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  // No policy has the second label: whether the list is refused is all that is asked.
  const labelSelector = `projectcalico.org/tier in (${tiers.join(',')}),tollgate.dev/no-policy-has-this-label`;
  try {
    const path = `/apis/projectcalico.org/v3/${resource}`;
    await connection.json('GET', path, { query: { labelSelector, limit: 1 }, headers: { accept }, signal });
    return undefined;
  } catch (error) {
    // What is not served at all, as staged policies before Calico 3.30, hides nothing.
    return error instanceof ApiError && error.status === 404 ? undefined : refusal(error);
  }
}

/** What a refusal says. @throws anything else than that */
function refusal(error: unknown): string {
  if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return error.message;
  throw error;
}

async function uncounted(
  connection: ApiConnection,
  resource: string,
  listed: number,
  signal: AbortSignal,
): Promise<readonly Gap[]> {
  const what = `${resource}.projectcalico.org`;
  try {
    const stored = await countStored(connection, resource, signal);
    if (stored <= listed) return [];
    const why = `${listed} of ${stored} are shown, although every tier can be read: the others lack the label projectcalico.org/tier, or name a tier that does not exist`;
    return [{ what, why }];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    const right = `allow list on ${resource}.crd.projectcalico.org`;
    return [{ what, why: `whether all of them are shown cannot be told (${refusal(error)}): ${right}` }];
  }
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
