import { KubeConfig } from '@kubernetes/client-node';
import { TollgateError } from '../errors.ts';
import { createApiConnection, type ApiConnection, type Credentials } from './connection/api-connection.ts';

export interface ConnectionOptions {
  /** A kubeconfig file. */
  readonly kubeconfig: string;
  /** A context of that file; its current one unless told. */
  readonly context?: string;
  readonly userAgent: string;
}

/**
 * Connects to the cluster that a kubeconfig file names.
 * The client library serves only for what it knows of credentials: files, tokens that are renewed, exec plugins, OIDC.
 * Loading it takes most of a second, so this file is imported only where a cluster is followed.
 * @throws TollgateError where the file, its context or cluster cannot be found.
 */
export async function connect({ kubeconfig, context, userAgent }: ConnectionOptions): Promise<ApiConnection> {
  const config = new KubeConfig();
  load(config, kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw noCluster(`${kubeconfig} names no cluster for the context "${config.getCurrentContext()}"`);
  return createApiConnection({
    server: cluster.server,
    userAgent,
    credentials: () => credentialsOf(config, cluster.proxyUrl !== undefined),
  });
}

function load(config: KubeConfig, file: string): void {
  try {
    config.loadFromFile(file);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    // What is no YAML is told with the lines around it; the first line says what is wrong.
    const [reason] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw noCluster(
      isMissing
        ? `there is no kubeconfig file ${file}`
        : `the kubeconfig file ${file} cannot be read: ${reason}`,
      { cause },
    );
  }
}

function noCluster(problem: string, options?: ErrorOptions): TollgateError {
  return new TollgateError('ERR_NO_CLUSTER', { problem }, options);
}

async function credentialsOf(config: KubeConfig, needsProxy: boolean): Promise<Credentials> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  // The library's agent is made once with the credentials of that moment; ours gets them with each request.
  const { agent, headers, ...tls } = options;
  return {
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).filter(
        (header): header is [string, string] => typeof header[1] === 'string',
      ),
    ),
    tls: { ...tls, ...(needsProxy ? { agent } : {}) } as Credentials['tls'],
  };
}
