import type { Ground } from '../connect.ts';
import type { HeldConventions } from '../conventions/hold-conventions.ts';
import type { Replicas } from '../replicas/meet-replicas.ts';
import type { TakenView } from '../view/take-view.ts';
import { composeReports, type AuditReports } from './audit-reports.ts';
import { createAudits, type Audits } from './audits.ts';
import { composeEvents, type ClusterEvents } from './events.ts';

/** What judges the cluster beside the reviews, and what tells the cluster of both. */
export interface ViewAudit {
  readonly audits: Audits;
  /** Undefined where manifests stand for a cluster. */
  readonly events: ClusterEvents | undefined;
  /** Undefined where none were asked for. */
  readonly reports: AuditReports | undefined;
}

/** Prepares the audit of what the view shows, by the replica that leads. */
export function auditView(
  ground: Ground,
  {
    replicas: { lease },
    conventions,
    view,
  }: { readonly replicas: Replicas; readonly conventions: HeldConventions; readonly view: TakenView },
): ViewAudit {
  const { connection, schedule, signals, now, log, options } = ground;
  // Without a Lease there is no other replica that could.
  const leads = () => (lease ? lease.leads() : true);
  const { inventory } = view.store;
  const onOutcome = signals.event.tell;
  const events = connection && composeEvents(connection, schedule, { inventory, onOutcome }, log);
  if (events) signals.review.listen(events.observe);
  const audits = createAudits(
    {
      connection,
      inventory,
      conventions: conventions.current,
      isWanted: () => leads() && view.isWhole(),
      now,
      schedule,
      events,
      onFailedRead: signals.failedRead.tell,
      onAudit: signals.audited.tell,
    },
    log,
  );
  for (const signal of [signals.leadership, signals.conventions, signals.view]) signal.listen(audits.wake);
  signals.waived.answerWith(audits.waived);
  const { namespace } = options;
  const onReport = signals.report.tell;
  const reports =
    connection &&
    options.reports &&
    composeReports({ connection, schedule, namespace, leads, now, onOutcome: onReport }, log);
  if (!reports) return { audits, events, reports: undefined };
  signals.leadership.listen(reports.startAfresh);
  signals.audited.listen(() => {
    const findings = audits.wholeFindings();
    if (findings) reports.tell(findings);
  });
  return { audits, events, reports };
}
