import { isRecord } from '../../kubernetes/object.ts';
import { readJson, type ApiConnection } from '../connection/api-connection.ts';
import { ApiError, UnreadableAnswer } from '../connection/api-error.ts';
import { list, record } from '../../kubernetes/read.ts';

/** What an API server serves, as far as it could be learned. */
export interface ServedResources {
  /** The preferred version in which a resource is served; undefined where it is not. */
  readonly versionOf: (group: string, resource: string) => string | undefined;
  readonly hasGroup: (group: string) => boolean;
  /** Group versions whose own API server does not answer: what they serve is not known, or may be out of date. */
  readonly stale: readonly string[];
}

export interface Discovery {
  /** Asks the API server. @throws ApiError, UnreadableAnswer, or what the connection throws. */
  readonly look: (signal: AbortSignal) => Promise<ServedResources>;
}

/** One answer tells all groups, and nothing is sent again that has not changed. From Kubernetes 1.27 on. */
const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/**
 * Learns which groups, versions and resources a cluster serves.
 * A group whose aggregated API server is down is told as stale, with the resources it was last known to have. That one
 * of `groups` is not served at all is believed only when its own path says so too (404): for a second or two after its
 * start an API server tells of no custom resources, but answers their paths with 503.
 * Source: Kubernetes, "Kubernetes API", aggregated discovery (KEP-3352).
 */
export function createDiscovery(connection: ApiConnection, groups: readonly string[]): Discovery {
  let etag: string | undefined;
  let known: ServedResources | undefined;
  return {
    look: async (signal) => {
      const headers = { accept, ...(etag !== undefined && known ? { 'if-none-match': etag } : {}) };
      const response = await connection.request('GET', '/apis', { headers, signal });
      if (response.status === 304 && known) {
        response.body.resume();
        return known;
      }
      const served = readDiscovery(await readJson(response), known);
      for (const group of groups) if (!served.hasGroup(group)) await expectAbsent(connection, group, signal);
      known = served;
      etag = response.headers.etag;
      return known;
    },
  };
}

async function expectAbsent(connection: ApiConnection, group: string, signal: AbortSignal): Promise<void> {
  try {
    await connection.json('GET', `/apis/${group}`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return;
    throw error;
  }
  throw new UnreadableAnswer(`the API server serves ${group}, but does not yet tell so`);
}

function readDiscovery(body: unknown, before: ServedResources | undefined): ServedResources {
  if (!isRecord(body) || body.kind !== 'APIGroupDiscoveryList' || !Array.isArray(body.items)) {
    throw new UnreadableAnswer(
      'the API server does not tell all its resources at once, as it does from Kubernetes 1.27 on',
    );
  }
  /** Group to resource to version. */
  const groups = new Map<string, Map<string, string>>();
  const stale: string[] = [];
  for (const { group, version, resources, isStale } of versionsOf(body.items)) {
    const served = groups.get(group) ?? new Map<string, string>();
    groups.set(group, served);
    // The first version that has a resource is the one that the API server prefers.
    for (const resource of resources) if (!served.has(resource)) served.set(resource, version);
    if (isStale) stale.push(`${group}/${version}`);
  }
  return {
    versionOf: (group, resource) => {
      const version = groups.get(group)?.get(resource);
      if (version !== undefined) return version;
      return stale.some((one) => one.startsWith(`${group}/`))
        ? before?.versionOf(group, resource)
        : undefined;
    },
    hasGroup: (group) => groups.has(group),
    stale,
  };
}

function* versionsOf(items: readonly unknown[]) {
  for (const item of items) {
    const group = isRecord(item) && isRecord(item.metadata) ? item.metadata.name : undefined;
    const versions = list(record(item).versions);
    for (const version of versions) {
      if (typeof group !== 'string' || !isRecord(version) || typeof version.version !== 'string') continue;
      const resources = list(version.resources);
      yield {
        group,
        version: version.version,
        isStale: version.freshness === 'Stale',
        resources: resources
          .map((resource) => (isRecord(resource) ? resource.resource : undefined))
          .filter((name) => typeof name === 'string'),
      };
    }
  }
}
