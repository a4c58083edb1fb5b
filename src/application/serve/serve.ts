import type { AddressInfo } from 'node:net';
import { auditView } from './audit/audit-view.ts';
import { isEveryAddress } from './certificates/certificate-files.ts';
import { chooseCertificates } from './certificates/choose-certificates.ts';
import { connect } from './connect.ts';
import { holdConventions } from './conventions/hold-conventions.ts';
import { buildServer } from './door/build-server.ts';
import { keepMetrics } from './door/keep-metrics.ts';
import { listen } from './door/listen.ts';
import { openDoor } from './door/open-door.ts';
import type { RunningServer, ServeOptions, Surroundings } from './options.ts';
import { meetReplicas } from './replicas/meet-replicas.ts';
import { startFollowers } from './start-followers.ts';
import { takeView } from './view/take-view.ts';

/*
 * The server, from its options to its port. Each line of `serve` is a stage: a file that takes what earlier stages made.
 *
 *   connect            the API server, the clock, the signals            connect.ts
 *      │
 *   meetReplicas       who leads; changes that other replicas allowed    replicas/
 *      │
 *   holdConventions    of the cluster, of files, or the packaged one     conventions/
 *      │
 *   chooseCertificates of a Secret, of files, or made at start           certificates/
 *      │
 *   takeView           what exists: a live cluster, or manifests         view/
 *      │
 *   auditView          judges the view again and again; Events, reports audit/
 *      │
 *   startFollowers     starts Leases and conventions, waits for the certificates
 *      │
 *   openDoor           who may ask, and whether it is ready              door/
 *   buildServer        reviews over HTTPS, confirmed by fresh reads
 *   keepMetrics        what is counted and shown
 *   listen             opens the ports, starts view, Events and audit
 *
 * Stages do not know later ones. Where an earlier part has to hear of a later one (the audit has counted what waivers
 * cover, another replica leads), both use a signal of `signals.ts`. What has started ends in the opposite order, with
 * the server or when a later stage fails; `startFollowers` says that order. To read it, begin here and follow one stage.
 */

/**
 * Puts the server together and starts it; it listens at once, and is ready when its view of the cluster is complete.
 * @throws TollgateError where it cannot start; what has been started by then has ended
 */
export async function serve(options: ServeOptions, surroundings: Surroundings): Promise<RunningServer> {
  await using started = new AsyncDisposableStack();
  const ground = await connect(options, surroundings, started);
  const replicas = meetReplicas(ground);
  const conventions = await holdConventions(ground, replicas);
  const certificates = chooseCertificates(ground, replicas);
  const view = await takeView(ground, conventions);
  const audit = auditView(ground, { replicas, conventions, view });
  const followers = { replicas, conventions, certificates, view, audit };
  await startFollowers(ground, followers);
  const door = await openDoor(ground, followers);
  const server = await buildServer(ground, followers, door);
  const metrics = keepMetrics(ground, followers, door, server);
  await listen(ground, followers, server, metrics);

  const { port } = server.server.address() as AddressInfo;
  const { authorities } = certificates.source.current();
  const open = started.move();
  return {
    url: `https://${hostOf(options.address)}:${port}`,
    port,
    ...(authorities === undefined ? {} : { authority: authorities }),
    store: view.store,
    readiness: door.readiness,
    certificate: () => certificates.source.current().certificate,
    drain: async () => {
      await server.drain();
      await open.disposeAsync();
    },
    close: () => open.disposeAsync(),
  };
}

function hostOf(address: string): string {
  const name = isEveryAddress(address) ? 'localhost' : address;
  return name.includes(':') ? `[${name}]` : name;
}
