import { createConfirmation } from '../../../cluster/confirm/confirmation.ts';
import { readRunningPod } from '../../../cluster/confirm/running-pod.ts';
import { createServer, type GateServer } from '../../../server/create-server.ts';
import { createReviewer } from '../../../server/review/reviewer.ts';
import { createUndoneChanges } from '../../../server/review/undone-changes.ts';
import type { Ground } from '../connect.ts';
import type { Followers } from '../start-followers.ts';
import type { Door } from './open-door.ts';

/** Puts together the server that answers reviews; it does not listen yet. */
export function buildServer(
  { options, connection, signals, now, log, started }: Ground,
  { replicas: { takeAways }, conventions, certificates, view, audit }: Followers,
  { clients, readiness }: Door,
): GateServer {
  const { live, store } = view;
  const freshReads =
    live &&
    connection &&
    createConfirmation({
      view: live,
      runningPod: (name, signal) => readRunningPod(connection, name, signal),
    });
  const undone = createUndoneChanges({ inventory: store.inventory, now: () => now().getTime() });
  signals.gone.listen(undone.forget);
  const server = createServer({
    reviewer: createReviewer({
      inventory: store.inventory,
      conventions: conventions.current,
      clock: now,
      stage: options.stage ?? 'enforce',
      ...(freshReads ? { freshReads } : {}),
      ...(takeAways ? { shared: takeAways.text } : {}),
      undone,
      onConfirmation: signals.confirmation.tell,
    }),
    certificates: certificates.source,
    readiness,
    log,
    elapsed: () => performance.now(),
    observers: [signals.review.tell],
    ...(clients ? { clients } : {}),
    ...(options.minVersion ? { minVersion: options.minVersion } : {}),
    ...(options.help ? { help: options.help } : {}),
    handshakes: {
      onHandshake: signals.handshake.tell,
      onHandshakeFailure: signals.handshakeFailure.tell,
    },
    onTurnedAway: signals.turnedAway.tell,
    ...(options.drainLagMs === undefined ? {} : { limits: { drainLagMs: options.drainLagMs } }),
  });
  started.defer(server.close);
  started.defer(audit.audits.close);
  return server;
}
