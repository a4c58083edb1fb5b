import type { GateServer } from '../../../server/create-server.ts';
import { createMetrics, type Metrics } from '../../../server/metrics/metrics.ts';
import { countByConvention, countByNamespace } from '../../../engine/namespace-findings.ts';
import type { Ground } from '../connect.ts';
import { conventionsInMetrics } from '../conventions/conventions-in-metrics.ts';
import type { Followers } from '../start-followers.ts';
import type { Door } from './open-door.ts';

/** Counts what the parts of the server tell of, and shows the state of each. */
export function keepMetrics(
  { version, signals, options }: Ground,
  { conventions, certificates, view: { store, live }, audit: { audits } }: Followers,
  { readiness, configurations }: Door,
  server: GateServer,
): Metrics {
  const metrics = createMetrics({
    version,
    ready: () => readiness().ready,
    certificateEnd: () => certificates.source.current().end,
    now: () => new Date(),
    inFlight: server.inFlight,
    closedForRoom: server.closedForRoom,
    gaps: () => store.inventory.gaps.length,
    resources: () => live?.resources() ?? [],
    namespaces: audits.coverage,
    auditFindings: audits.counts,
    namespaceFindings: () => countByNamespace(audits.findings()),
    conventionFindings: () => countByConvention(audits.findings()),
    auditAges: audits.ages,
    auditedPods: audits.pods,
    stage: options.stage ?? 'enforce',
    ...(configurations ? { configurations: configurations.status } : {}),
    conventions: () => conventionsInMetrics(conventions.inForce),
    conventionProblems: conventions.inForce.problems,
  });
  signals.review.listen(metrics.observe);
  signals.confirmation.listen(metrics.countConfirmation);
  signals.event.listen(metrics.countEvent);
  signals.report.listen(metrics.countReport);
  signals.failedRead.listen(metrics.countFailedRead);
  signals.handshake.listen(metrics.countHandshake);
  signals.handshakeFailure.listen(metrics.countHandshakeFailure);
  signals.turnedAway.listen(metrics.countTurnedAway);
  return metrics;
}
