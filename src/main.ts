import type { AddressInfo } from 'node:net';
import { pino, type Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import type { Stage } from './admission/stage.ts';
import { printableJson } from './engine/printable.ts';
import { createConfirmation } from './cluster/confirmation.ts';
import { readRunningPod } from './cluster/running-pod.ts';
import { createSchedule } from './cluster/pace/schedule.ts';
import { calicoInForce } from './inventory/calico-in-force.ts';
import { createInventoryStore, type InventoryStore } from './inventory/inventory-store.ts';
import { calicoCheck, calicoOn, calicoRemarks, nothingStated } from './application/serve/calico.ts';
import { createAudits } from './application/serve/audits.ts';
import { certificatesOf, isEveryAddress } from './application/serve/certificate-files.ts';
import { clientCheck, clientsOf, reportOpenDoor } from './application/serve/clients.ts';
import { conventionsOf } from './application/serve/conventions-in-force.ts';
import { composeEvents } from './application/serve/events.ts';
import { composeLeadership } from './application/serve/leadership.ts';
import { createLinkerdInForce } from './application/serve/linkerd.ts';
import { connectTo, createLiveInventory } from './application/serve/live-inventory.ts';
import { fillFromManifests } from './application/serve/manifest-inventory.ts';
import { composeOwnCertificates, type OwnCertificateOptions } from './application/serve/own-certificates.ts';
import { readinessOf } from './application/serve/readiness.ts';
import { listenOrFail, startOrFail } from './application/serve/start-step.ts';
import { composeConfigurations } from './application/serve/own-configurations.ts';
import { composeTakeAways } from './application/serve/take-aways.ts';
import { createServer } from './server/create-server.ts';
import type { TlsVersion } from './server/serving-tls.ts';
import { createMetrics } from './server/metrics.ts';
import { createMetricsServer } from './server/metrics-server.ts';
import type { Readiness } from './server/probes.ts';
import { createReviewer } from './server/reviewer.ts';
import { readEnvironment } from './settings.ts';

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
  /** The name of the webhook configurations by which the API server asks, to be watched over. */
  readonly configuration?: string;
  /** The namespace tollgate runs in. */
  readonly namespace?: string;
  /** The Lease of that namespace by which one of several replicas is chosen. */
  readonly lease?: string;
  /** The one by which replicas agree on changes that take cover away; default: the other's name with `-take-aways`. */
  readonly takeAwayLease?: string;
  /** Files and folders of conventions and waivers, followed; without them the packaged convention holds. */
  readonly conventions?: readonly string[];
  /** The ConventionPolicy and Waiver objects of the cluster hold, in the place of files. */
  readonly conventionsFromCluster?: boolean;
  readonly stage?: Stage;
  /** The oldest version of TLS that is spoken; default: 1.3. */
  readonly minVersion?: TlsVersion;
  /** PEM file of the authorities whose clients alone may ask; without it everybody may. */
  readonly clientCa?: string;
  /** Common names of the clients that may ask; without them all that those authorities have signed. */
  readonly clientNames?: readonly string[];
  /** Port of `/metrics` over plain HTTP; without it there are none. */
  readonly metricsPort?: number;
  /** How long the news that a replica ends takes to reach all API servers, in milliseconds. */
  readonly drainLag?: number;
  /** The clock that waivers end by and rules begin by; default: that of the machine. */
  readonly now?: () => Date;
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
  /** PEM of what is served now. */
  readonly certificate: () => string;
  /** Ends without losing a review: not ready at once, then no new connections, then the last answers. */
  readonly drain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Puts the server together and starts it; it listens at once, and is ready when its picture of the cluster is whole. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { log = pino({ level: 'silent' }), now = () => new Date() } = options;
  // What has been started ends when a later step fails, or else with the server: the last thing first.
  await using started = new AsyncDisposableStack();
  const connection = options.manifests ? undefined : await connectTo(options.kubeconfig, readEnvironment());
  if (connection) started.defer(connection.close);
  const schedule = createSchedule();
  const lease =
    connection && options.namespace !== undefined
      ? composeLeadership(
          {
            connection,
            schedule,
            namespace: options.namespace,
            name: options.lease ?? 'tollgate',
            onChange: () => {
              own?.wake();
              inForce.wake?.();
              audit.wake();
            },
          },
          log,
        )
      : undefined;
  const leads = () => lease?.leads() ?? false;
  const takeAways =
    connection && options.namespace !== undefined && (options.stage ?? 'enforce') === 'enforce'
      ? composeTakeAways(
          {
            connection,
            schedule,
            namespace: options.namespace,
            name: options.takeAwayLease ?? `${options.lease ?? 'tollgate'}-take-aways`,
          },
          log,
        )
      : undefined;
  const inForce = await conventionsOf(
    options,
    {
      connection,
      schedule,
      leads,
      findings: () => audit.waived(),
      now,
      onChange: () => audit.wake(),
    },
    log,
  );
  const linkerd = createLinkerdInForce(inForce.current, log);
  const { conventions } = linkerd;
  const own =
    connection && options.ownCertificates && options.namespace !== undefined
      ? composeOwnCertificates(
          options.ownCertificates,
          {
            connection,
            schedule,
            namespace: options.namespace,
            leads,
          },
          log,
        )
      : undefined;
  const certificates = own ?? certificatesOf(options, log);
  const stated = () => conventions().clusterWide()?.calico ?? nothingStated;
  const store = createInventoryStore(calicoInForce(stated()));
  const view =
    connection &&
    createLiveInventory(store, { connection, schedule, stated, linkerd, onChange: () => audit.wake() }, log);
  const events =
    connection &&
    composeEvents(
      connection,
      schedule,
      { inventory: store.inventory, onOutcome: (outcome) => metrics.countEvent(outcome) },
      log,
    );
  const audit = createAudits(
    {
      connection,
      inventory: store.inventory,
      conventions,
      // Without a Lease there is no other replica that could.
      isWanted: () => (lease ? lease.leads() : true) && (view?.synced() ?? true),
      now,
      schedule,
      events,
      onFailedRead: () => metrics.countFailedRead(),
      onAudit: () => inForce.wake?.(),
    },
    log,
  );
  const ofFiles =
    options.manifests &&
    (await fillFromManifests(
      store,
      options.manifests,
      { folder: process.cwd(), conventions: conventions() },
      log,
    ));
  if (view) started.defer(view.close);
  if (events) started.defer(events.close);
  if (lease) started.defer(lease.close);
  started.defer(own ? own.end : certificates.close);
  started.defer(inForce.close);
  if (takeAways) started.defer(takeAways.text.close);
  lease?.start();
  takeAways?.text.start();
  inForce.start();
  await startOrFail(certificates, own ? 'ERR_OWN_CERTIFICATE' : 'ERR_CERTIFICATE');
  const configurations =
    connection && options.configuration !== undefined
      ? composeConfigurations(
          {
            connection,
            schedule,
            name: options.configuration,
            stage: options.stage ?? 'enforce',
            certificates,
          },
          log,
        )
      : undefined;
  if (configurations) {
    started.defer(configurations.close);
    configurations.start();
  }
  const calico = () => {
    const decision = view?.calico();
    return decision
      ? calicoCheck(calicoOn(decision, stated()), calicoRemarks(decision, stated()))
      : calicoCheck(ofFiles);
  };
  const readiness = () =>
    readinessOf(view, certificates, [
      calico(),
      ...(view ? [linkerd.check(), clientCheck(options)] : []),
      ...inForce.checks(),
      ...(takeAways ? [takeAways.check()] : []),
      ...(configurations ? [configurations.check()] : []),
    ]);
  const clients = clientsOf(options, log);
  if (view) reportOpenDoor(options, log);
  if (clients) {
    started.defer(clients.authorities.close);
    await startOrFail(clients.authorities, 'ERR_CLIENT_AUTHORITIES');
  }
  const metrics = createMetrics({
    version: manifest.version,
    ready: () => readiness().ready,
    certificateEnd: () => certificates.current().end,
    now: () => new Date(),
    inFlight: () => server.inFlight(),
    closedForRoom: () => server.closedForRoom(),
    gaps: () => store.inventory.gaps.length,
    resources: () =>
      view?.resources().map((status) => ({ ...status, lastContactAt: status.lastContactAt })) ?? [],
    namespaces: audit.coverage,
    auditFindings: audit.counts,
    auditAges: audit.ages,
    auditedPods: audit.pods,
    stage: options.stage ?? 'enforce',
    ...(configurations ? { configurations: configurations.status } : {}),
  });
  const look =
    view &&
    connection &&
    createConfirmation({ view, runningPod: (name, signal) => readRunningPod(connection, name, signal) });
  const server = createServer({
    reviewer: createReviewer({
      inventory: store.inventory,
      conventions,
      clock: now,
      stage: options.stage ?? 'enforce',
      ...(look ? { look } : {}),
      ...(takeAways ? { shared: takeAways.text } : {}),
      onConfirmation: metrics.countConfirmation,
    }),
    certificates,
    readiness,
    log,
    elapsed: () => performance.now(),
    observers: [metrics.observe, ...(events ? [events.observe] : [])],
    ...(clients ? { clients } : {}),
    ...(options.minVersion ? { minVersion: options.minVersion } : {}),
    handshakes: {
      onHandshake: metrics.countHandshake,
      onHandshakeFailure: metrics.countHandshakeFailure,
    },
    onTurnedAway: metrics.countTurnedAway,
    ...(options.drainLag === undefined ? {} : { limits: { drainLag: options.drainLag } }),
  });
  started.defer(server.close);
  started.defer(audit.close);
  const { address: host, port: asked, metricsPort } = options;
  if (metricsPort !== undefined) {
    const metricsServer = createMetricsServer(metrics, log);
    started.defer(metricsServer.close);
    await listenOrFail(metricsServer, { host, port: metricsPort, flag: '--metrics-port' });
  }
  view?.start();
  events?.start();
  audit.start();
  await listenOrFail(server, { host, port: asked, flag: '--port' });
  const { port } = server.server.address() as AddressInfo;
  const { authorities } = certificates.current();
  const name = isEveryAddress(host) ? 'localhost' : host;
  const open = started.move();
  return {
    url: `https://${name.includes(':') ? `[${name}]` : name}:${port}`,
    port,
    ...(authorities === undefined ? {} : { authority: authorities }),
    store,
    readiness,
    certificate: () => certificates.current().certificate,
    drain: async () => {
      await server.drain();
      await open.disposeAsync();
    },
    close: () => open.disposeAsync(),
  };
}

/** Serves until the process is told to end; the exit code is 0 where it ended as it was told. */
export async function serveUntilStopped(options: ServeOptions, logLevel: string): Promise<number> {
  const log = pino({ level: logLevel, hooks: { streamWrite: printableJson } });
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
