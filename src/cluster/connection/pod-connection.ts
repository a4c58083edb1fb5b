import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TollgateError } from '../../errors.ts';
import { createApiConnection, type ApiConnection } from './api-connection.ts';

export interface PodConnectionOptions {
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, which every container finds in its environment. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly userAgent: string;
  /** Milliseconds since some fixed point. */
  readonly now: () => number;
  /** Where the service account is mounted. */
  readonly folder?: string;
}

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount';
/** The kubelet renews a token long before it ends; client-go reads it as often. */
const rereadAfterMs = 60_000;

/**
 * Connects a pod to its cluster, by the service account that is mounted into it.
 * That takes two files and no client library, which would be a quarter of a small replica's memory.
 * Source: Kubernetes, "Accessing the Kubernetes API from a Pod".
 * @throws TollgateError where this is no pod, or nothing is mounted into it
 */
export async function connectFromPod(options: PodConnectionOptions): Promise<ApiConnection> {
  const { host, port, userAgent, now, folder = mounted } = options;
  if (host === undefined || host === '' || port === undefined || port === '') {
    throw noCluster('no kubeconfig was given, and this process runs in no pod that could ask its cluster');
  }
  const read = async () => {
    const [token, ca] = await Promise.all(
      ['token', 'ca.crt'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    return { headers: { authorization: `Bearer ${(token ?? '').trim()}` }, tls: { ca } };
  };
  let credentials: Awaited<ReturnType<typeof read>>;
  try {
    credentials = await read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw noCluster(`the service account of this pod cannot be read: ${why}`, { cause });
  }
  let readAt = now();
  return createApiConnection({
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    userAgent,
    credentials: async () => {
      if (now() - readAt >= rereadAfterMs) {
        readAt = now();
        // In the moment of a swap the old ones do.
        credentials = await read().catch(() => credentials);
      }
      return credentials;
    },
  });
}

function noCluster(problem: string, options?: ErrorOptions): TollgateError {
  return new TollgateError('ERR_NO_CLUSTER', { problem }, options);
}
