import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { createClusterText, type ClusterText } from '../../../cluster/lease/shared-text.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

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
    name,
  }: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly namespace: string;
    /** Of the Lease that has the list. */
    readonly name: string;
  },
  log: Logger,
): TakeAwaysInCluster {
  const text = createClusterText({
    connection,
    schedule,
    namespace,
    name,
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
