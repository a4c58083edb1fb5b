import { isRecord, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { ApiError } from '../connection/api-error.ts';
import { record, text } from '../../kubernetes/read.ts';

/** What is read of a Lease. Source: Kubernetes, the API of coordination.k8s.io/v1. */
export interface LeaseState {
  readonly version: string;
  /** Empty where nobody holds it. */
  readonly holder: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly annotations: StringMap;
}

export function leasePaths(namespace: string, name: string) {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  return { collection, path: `${collection}/${name}` };
}

/** A Lease to be written, of the version that was read; without one it is new. */
export function leaseObject(
  namespace: string,
  name: string,
  { spec, version, annotations }: Pick<LeaseState, 'spec' | 'version'> & Partial<LeaseState>,
): KubernetesObject {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace,
      ...(version === '' ? {} : { resourceVersion: version }),
      ...(annotations ? { annotations } : {}),
    },
    spec,
  };
}

/** The Lease at a path; undefined where there is none. @throws what the connection throws for anything else. */
export async function findLease(
  connection: ApiConnection,
  path: string,
  signal: AbortSignal,
): Promise<LeaseState | undefined> {
  try {
    return readLease(await connection.json('GET', path, { signal }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

export function readLease(body: unknown): LeaseState {
  const { metadata, spec } = record(body);
  const { resourceVersion: version, annotations } = record(metadata);
  const holder = isRecord(spec) ? spec.holderIdentity : undefined;
  return {
    version: text(version),
    holder: text(holder),
    spec: record(spec),
    annotations: stringMap(annotations),
  };
}
