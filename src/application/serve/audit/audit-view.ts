import type { Ground } from '../connect.ts';
import type { HeldConventions } from '../conventions/hold-conventions.ts';
import type { Replicas } from '../replicas/meet-replicas.ts';
import type { TakenView } from '../view/take-view.ts';
import { createAudits, type Audits } from './audits.ts';
import { composeEvents, type ClusterEvents } from './events.ts';

/** What judges the cluster beside the reviews, and what tells the cluster of both. */
export interface ViewAudit {
  readonly audits: Audits;
  /** Undefined where manifests stand for a cluster. */
  readonly events: ClusterEvents | undefined;
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
  const { connection, schedule, signals, now, log } = ground;
  const { inventory } = view.store;
  const onOutcome = signals.event.tell;
  const events = connection && composeEvents(connection, schedule, { inventory, onOutcome }, log);
  if (events) signals.review.listen(events.observe);
  const audits = createAudits(
    {
      connection,
      inventory,
      conventions: conventions.current,
      // Without a Lease there is no other replica that could.
      isWanted: () => (lease ? lease.leads() : true) && view.isWhole(),
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
  return { audits, events };
}
