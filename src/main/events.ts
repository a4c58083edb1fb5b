import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiConnection } from '../cluster/api-connection.ts';
import { createEventWriter, type EventOutcome } from '../cluster/event-writer.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Schedule } from '../cluster/schedule.ts';
import { createNamespaceEvents, type NamespaceEvents } from './namespace-events.ts';

/** Puts together what tells of namespaces in Events; a replica tells of its own reviews, whoever audits of the rest. */
export function composeEvents(
  connection: ApiConnection,
  schedule: Schedule,
  {
    inventory,
    onOutcome,
  }: { readonly inventory: Inventory; readonly onOutcome: (outcome: EventOutcome) => void },
  log: Logger,
): NamespaceEvents & { readonly start: () => void; readonly close: () => Promise<void> } {
  const writer = createEventWriter({
    connection,
    schedule,
    instance: hostname(),
    onOutcome,
    onProblem: (problem) => log.warn({ problem }, 'Events cannot be written'),
  });
  const events = createNamespaceEvents(writer.write, inventory, schedule.now);
  return { ...events, start: writer.start, close: writer.close };
}
