import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createEventWriter, type EventOutcome } from '../../../cluster/event-writer.ts';
import type { Inventory } from '../../../inventory/inventory.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { AuditFindings } from '../../../engine/audit-findings.ts';
import { createAuditEvents } from './audit-events.ts';
import { createNamespaceEvents, type NamespaceEvents } from './namespace-events.ts';

export interface ClusterEvents extends NamespaceEvents {
  /** Tells of the findings of one part of the audit; each part has a teller of its own. */
  readonly createTeller: () => (findings: AuditFindings) => void;
  readonly start: () => void;
  readonly close: () => Promise<void>;
}

/** Puts together what tells of namespaces and findings in Events; a replica tells of its own reviews, whoever audits of the rest. */
export function composeEvents(
  connection: ApiConnection,
  schedule: Schedule,
  {
    inventory,
    onOutcome,
  }: { readonly inventory: Inventory; readonly onOutcome: (outcome: EventOutcome) => void },
  log: Logger,
): ClusterEvents {
  const writer = createEventWriter({
    connection,
    schedule,
    instance: hostname(),
    onOutcome,
    onProblem: (problem) => log.warn({ problem }, 'Events cannot be written'),
  });
  const events = createNamespaceEvents(writer.write, inventory, schedule.now);
  return {
    ...events,
    createTeller: () => createAuditEvents(writer.write, schedule.now),
    start: writer.start,
    close: writer.close,
  };
}
