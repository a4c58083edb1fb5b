import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import type { Stage } from './admission/stage.ts';
import { createAuthorityFile } from './certificates/authority-file.ts';
import { createFileSource } from './certificates/file-source.ts';
import type { FollowedFiles } from './certificates/followed-files.ts';
import { createIssuedSource } from './certificates/issued-source.ts';
import type { CertificateSource } from './certificates/source.ts';
import { calicoOf } from './cli/judge-manifests.ts';
import { readConventions } from './cli/read-conventions.ts';
import type { CalicoDecision } from './cluster/calico-mode.ts';
import type { ApiConnection } from './cluster/api-connection.ts';
import { createConfirmation } from './cluster/confirmation.ts';
import { createSchedule } from './cluster/schedule.ts';
import { createClusterView, type ClusterView } from './cluster/view.ts';
import type { ConventionSet } from './conventions/convention-set.ts';
import { defaultConventions } from './conventions/default-conventions.ts';
import { TollgateError } from './errors.ts';
import { calicoInForce, type CalicoInForce, type CalicoStatement } from './inventory/calico-in-force.ts';
import { createInventoryStore, type InventoryStore } from './inventory/store.ts';
import { composeLeadership } from './main/leadership.ts';
import { composeOwnCertificates, type OwnCertificateOptions } from './main/own-certificates.ts';
import { readinessOf } from './main/readiness.ts';
import { loadManifests } from './manifests/load-manifests.ts';
import { rules } from './rules/registry.ts';
import { createServer } from './server/create-server.ts';
import { createMetrics } from './server/metrics.ts';
import { createMetricsServer } from './server/metrics-server.ts';
import type { Readiness } from './server/probes.ts';
import { createReviewer } from './server/reviewer.ts';

/** Where the picture of the cluster comes from, how the server is reached, and what it holds the cluster to. */
export interface ServeOptions {
  /** Files and folders that stand for a cluster; without them a live one is followed. */
  readonly manifests?: readonly string[];
  /** A kubeconfig file; without it the service account that is mounted into the pod. */
  readonly kubeconfig?: string;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM files; without them a certificate is made at start. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Certificates of our own, kept in a Secret; needs a namespace. */
  readonly ownCertificates?: OwnCertificateOptions;
  /** The namespace tollgate runs in. */
  readonly namespace?: string;
  /** The Lease of that namespace by which one of several replicas is chosen. */
  readonly lease?: string;
  /** Files of conventions and waivers; without them the packaged convention holds. */
  readonly conventions?: readonly string[];
  readonly stage?: Stage;
  /** PEM file of the authorities whose clients alone may ask; without it everybody may. */
  readonly clientCa?: string;
  /** Port of `/metrics` over plain HTTP; without it there are none. */
  readonly metricsPort?: number;
  /** How long the news that a replica ends takes to reach all API servers, in milliseconds. */
  readonly drainLag?: number;
  readonly log?: Logger;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** PEM of the authority that clients should trust, where the server made it. */
  readonly authority?: string;
  readonly store: InventoryStore;
  readonly readiness: () => Readiness;
  /** Ends without losing a review: not ready at once, then no new connections, then the last answers. */
  readonly drain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Puts the server together and starts it; it listens at once, and is ready when its picture of the cluster is whole. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const log = options.log ?? pino({ level: 'silent' });
  const conventions = await conventionsOf(options);
  const connection = options.manifests ? undefined : await connectionOf(options);
  const schedule = createSchedule();
  const lease =
    connection && options.namespace !== undefined
      ? composeLeadership(
          {
            connection,
            schedule,
            namespace: options.namespace,
            name: options.lease ?? 'tollgate',
            onChange: () => own?.wake(),
          },
          log,
        )
      : undefined;
  const own =
    connection && options.ownCertificates && options.namespace !== undefined
      ? composeOwnCertificates(
          options.ownCertificates,
          {
            connection,
            schedule,
            namespace: options.namespace,
            leads: () => lease?.leads() ?? false,
          },
          log,
        )
      : undefined;
  const certificates = own ?? certificatesOf(options, log);
  const stated = () => conventions.clusterWide()?.calico ?? {};
  const store = createInventoryStore(calicoInForce(stated()));
  const view = connection && viewOf(connection, stated, store, log);
  if (options.manifests) await fill(store, options.manifests, conventions, log);
  lease?.start();
  await certificates.start();
  const readiness = () => readinessOf(view, certificates);
  const clients = await clientsOf(options, log);
  const metrics = createMetrics({
    version: manifest.version,
    ready: () => readiness().ready,
    certificateEnd: () => certificates.current().end,
    now: () => new Date(),
    inFlight: () => server.inFlight(),
    gaps: () => store.inventory.gaps.length,
    resources: () =>
      view?.resources().map((status) => ({ ...status, lastContactAt: status.lastContactAt })) ?? [],
    namespaces: () => [],
  });
  const server = createServer({
    reviewer: createReviewer({
      inventory: store.inventory,
      conventions: () => conventions,
      clock: () => new Date(),
      stage: options.stage ?? 'enforce',
      ...(view ? { refresh: createConfirmation({ view }) } : {}),
    }),
    certificates,
    readiness,
    log,
    elapsed: () => performance.now(),
    observers: [metrics.observe],
    ...(clients ? { clients: { authorities: clients } } : {}),
    ...(options.drainLag === undefined ? {} : { limits: { drainLag: options.drainLag } }),
  });
  const metricsServer = options.metricsPort === undefined ? undefined : createMetricsServer(metrics, log);
  await metricsServer?.listen({ host: options.address, port: options.metricsPort ?? 0 });
  view?.start();
  await server.listen({ host: options.address, port: options.port });
  const end = async (how: () => Promise<void>) => {
    await how();
    clients?.close();
    if (own) await own.end();
    else certificates.close();
    await Promise.all([view?.close(), lease?.close(), metricsServer?.close()]);
    connection?.close();
  };
  const { port } = server.server.address() as AddressInfo;
  const { authorities } = certificates.current();
  const host = isEveryAddress(options.address) ? 'localhost' : options.address;
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    ...(authorities === undefined ? {} : { authority: authorities }),
    store,
    readiness,
    drain: () => end(server.drain),
    close: () => end(server.close),
  };
}

async function conventionsOf({ conventions }: ServeOptions): Promise<ConventionSet> {
  if (!conventions || conventions.length === 0) return defaultConventions();
  const files = conventions.map((name) => ({ name, text: readFileSync(name, 'utf8') }));
  const { set, problems } = await readConventions(files, rules);
  if (set) return set;
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new TollgateError('ERR_CONVENTIONS', { problems: lines.join('\ntollgate: ') });
}

function certificatesOf({ address, tlsCert, tlsKey }: ServeOptions, log: Logger): CertificateSource {
  const now = () => new Date();
  if (tlsCert === undefined || tlsKey === undefined) {
    const hosts = new Set(['localhost', '127.0.0.1', ...(isEveryAddress(address) ? [] : [address])]);
    return createIssuedSource({ hosts: [...hosts], now });
  }
  const onProblem = (problem: string) => log.error({ problem }, 'the certificate files are not in use');
  return createFileSource({ certificateFile: tlsCert, keyFile: tlsKey, now, onProblem });
}

async function clientsOf(
  { clientCa }: ServeOptions,
  log: Logger,
): Promise<FollowedFiles<string> | undefined> {
  if (clientCa === undefined) return undefined;
  const onProblem = (problem: string) =>
    log.error({ problem }, 'the file of client authorities is not in use');
  const authorities = createAuthorityFile({ file: clientCa, onProblem });
  await authorities.start();
  return authorities;
}

async function fill(
  store: InventoryStore,
  paths: readonly string[],
  conventions: ConventionSet,
  log: Logger,
): Promise<void> {
  const { objects, gaps, missing } = await loadManifests(paths, {
    folder: process.cwd(),
    exclude: [],
    useGitIgnore: false,
    namespace: 'default',
    stdin: async () => Buffer.alloc(0),
  });
  if (missing.length > 0) throw new TollgateError('ERR_NO_SUCH_PATH', { paths: missing.join(', ') });
  const all = objects.map(({ object }) => object);
  store.setCalico(calicoOf(conventions, all));
  store.apply({ put: all });
  store.setGaps(gaps);
  for (const gap of gaps) log.warn(gap, 'a manifest could not be read');
}

async function connectionOf({ kubeconfig }: ServeOptions): Promise<ApiConnection> {
  const { connect } = await import('./cluster/connection.ts');
  return connect({ userAgent: 'tollgate', ...(kubeconfig === undefined ? {} : { kubeconfig }) });
}

function isEveryAddress(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function viewOf(
  connection: ApiConnection,
  stated: () => CalicoStatement,
  store: InventoryStore,
  log: Logger,
): ClusterView {
  return createClusterView({
    connection,
    schedule: createSchedule(),
    linkerdNamespace: 'linkerd',
    statedMode: () => stated().mode,
    onChange: (change) => store.apply(change),
    onCalico: (decision) => {
      const calico = calicoOn(decision, stated());
      log.info({ api: decision.api, ...calico }, 'Calico is served as');
      if (decision.contradiction !== undefined) log.warn(decision.contradiction);
      store.setCalico(calico);
    },
    onGaps: (gaps) => {
      store.setGaps(gaps);
      for (const gap of gaps) log.warn(gap, 'a part of the picture is missing');
    },
  });
}

/** Where a cluster has no Calico, what the convention says tells which one may come. */
function calicoOn({ api, from }: CalicoDecision, stated: CalicoStatement): CalicoInForce {
  return calicoInForce(stated, api === 'absent' ? undefined : { mode: api, from });
}

/** Serves until the process is told to end; the exit code is 0 where it ended as it was told. */
export async function serveUntilStopped(options: ServeOptions, logLevel: string): Promise<number> {
  const log = pino({ level: logLevel });
  const running = await serve({ ...options, log });
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        // Whoever asks twice does not want to wait for what is still under way.
        process.once(name, () => process.exit(1));
        resolve(name);
      });
    }
  });
  log.info({ signal }, 'shutting down');
  await running.drain();
  return 0;
}
