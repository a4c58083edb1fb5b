import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { firstOf } from '../follow/list.ts';
import { list, record } from '../../kubernetes/read.ts';

/** A pod that has ended for good has no network any more; one that is being deleted has it until it is gone. */
const running = 'status.phase!=Succeeded,status.phase!=Failed';

/**
 * Asks the API server whether a pod runs in a namespace, and for no more than one: pods are not followed.
 * @returns the pod as far as it matters; undefined where there is none
 * @throws ApiError, UnreadableAnswer, or what the connection throws.
 */
export async function readRunningPod(
  connection: ApiConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<KubernetesObject | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const found = await firstOf(connection, path, { query: { fieldSelector: running }, signal });
  if (!found) return undefined;
  const { apiVersion, kind, metadata, spec } = found;
  const containers = list(record(spec).containers);
  return { apiVersion, kind, metadata: { name: metadata.name ?? '', namespace }, spec: { containers } };
}
