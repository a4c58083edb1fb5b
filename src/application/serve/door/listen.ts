import type { GateServer } from '../../../server/create-server.ts';
import { createMetricsServer } from '../../../server/metrics/metrics-server.ts';
import type { Metrics } from '../../../server/metrics/metrics.ts';
import type { Ground } from '../connect.ts';
import { composeAuditTexts } from './audit-texts.ts';
import type { Followers } from '../start-followers.ts';
import { listenOrFail } from '../start-step.ts';

/**
 * Opens the port of the metrics, starts what follows and judges the cluster, and opens the port of the reviews.
 * @throws TollgateError where a port cannot be opened
 */
export async function listen(
  { options, log, started, version, now, schedule }: Ground,
  { view, audit }: Followers,
  server: GateServer,
  metrics: Metrics,
): Promise<void> {
  const { address: host, port, metricsPort } = options;
  if (metricsPort !== undefined) {
    const elapsed = schedule.now;
    const texts = options.auditPage ? composeAuditTexts(audit.audits, { version, now, elapsed }) : undefined;
    const metricsServer = createMetricsServer(metrics, log, texts);
    started.defer(metricsServer.close);
    await listenOrFail(metricsServer, { host, port: metricsPort, flag: '--metrics-port' });
  }
  view.live?.start();
  audit.events?.start();
  audit.reports?.start();
  audit.audits.start();
  await listenOrFail(server, { host, port, flag: '--port' });
}
