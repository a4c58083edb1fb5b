import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiConnection } from '../cluster/api-connection.ts';
import type { Schedule } from '../cluster/schedule.ts';
import { createClusterText, type ClusterText } from '../cluster/shared-text.ts';
import type { ReadinessCheck } from '../server/probes.ts';

export interface TakeAwaysInCluster {
  readonly text: ClusterText;
  readonly check: () => ReadinessCheck;
}

/** Where the replicas of a release tell each other which changes they have allowed that take cover away. */
export function composeTakeAways(
  {
    connection,
    schedule,
    namespace,
    lease,
  }: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly namespace: string;
    /** The Lease by which they choose a leader; this one has a name of its own, made from it. */
    readonly lease: string;
  },
  log: Logger,
): TakeAwaysInCluster {
  const text = createClusterText({
    connection,
    schedule,
    namespace,
    name: `${lease}-take-aways`,
    identity: hostname(),
    onProblem: (problem) => {
      if (problem === undefined) log.info('changes that take cover away are answered again');
      else log.warn({ problem }, 'changes that take cover away are refused');
    },
  });
  return {
    text,
    // What worked once may fail for a while: everything else is answered all the same.
    check: () => ({
      name: 'take-aways',
      ok: text.works(),
      detail: text.problem() ?? (text.works() ? 'agreed on with the other replicas' : 'not asked for yet'),
    }),
  };
}
