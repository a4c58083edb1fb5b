import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createLease, type Lease } from '../../../cluster/lease/lease.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';

/** The Lease by which the replicas of a release choose who writes. */
export function composeLeadership(
  {
    connection,
    schedule,
    namespace,
    name,
    onChange,
  }: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly namespace: string;
    readonly name: string;
    readonly onChange: () => void;
  },
  log: Logger,
): Lease {
  return createLease({
    connection,
    schedule,
    namespace,
    name,
    identity: `${hostname()}_${randomUUID()}`,
    onChange: (leads) => {
      log.info({ leads }, leads ? 'this replica leads' : 'this replica no longer leads');
      onChange();
    },
    onProblem: (problem) => log.warn({ problem }, 'nobody can be chosen to lead'),
  });
}
