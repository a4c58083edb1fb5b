import type { Logger } from 'pino';
import { createConfirmation } from '../../../cluster/confirm/confirmation.ts';
import { readRunningPod } from '../../../cluster/confirm/running-pod.ts';
import { createServer, type GateServer } from '../../../server/create-server.ts';
import { createReviewer } from '../../../server/review/reviewer.ts';
import { createUndoneChanges } from '../../../server/review/undone-changes.ts';
import type { Tracing, TracingChoice } from '../../../server/tracing/tracing.ts';
import type { Ground } from '../connect.ts';
import type { Followers } from '../start-followers.ts';
import type { Door } from './open-door.ts';

/** Puts together the server that answers reviews; it does not listen yet. */
export async function buildServer(
  { options, connection, signals, now, log, started, version }: Ground,
  { replicas: { takeAways }, conventions, certificates, view, audit }: Followers,
  { clients, readiness }: Door,
): Promise<GateServer> {
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
  const elapsed = () => performance.now();
  const tracing = options.tracing && (await loadTracing(options.tracing, { version, elapsed, log }));
  if (tracing) {
    signals.review.listen(tracing.observe);
    started.defer(tracing.close);
  }
  const server = createServer({
    reviewer: createReviewer({
      inventory: store.inventory,
      conventions: conventions.current,
      clock: now,
      stage: options.stage ?? 'enforce',
      ...(freshReads ? { freshReads } : {}),
      ...(takeAways ? { shared: takeAways.text } : {}),
      undone,
      ...(tracing ? { onStep: tracing.step } : {}),
      onConfirmation: signals.confirmation.tell,
    }),
    certificates: certificates.source,
    readiness,
    log,
    elapsed,
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

/** What sends traces is larger than all else together, so whoever does not want it never loads it. */
async function loadTracing(
  choice: TracingChoice,
  { log, ...options }: { readonly version: string; readonly elapsed: () => number; readonly log: Logger },
): Promise<Tracing> {
  const { startTracing } = await import('../../../server/tracing/tracing.ts');
  // The host alone: an address may hold a password.
  const { host: collector } = new URL(choice.endpoint);
  log.info({ collector, sampleRatio: choice.sampleRatio }, 'reviews are traced');
  const onProblem = (problem: string) => log.warn({ problem }, 'traces cannot be sent');
  return startTracing({ choice, ...options, onProblem });
}
