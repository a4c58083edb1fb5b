import type { Lease } from '../../../cluster/lease/lease.ts';
import type { Ground } from '../connect.ts';
import { composeLeadership } from './leadership.ts';
import { composeTakeAways, type TakeAwaysInCluster } from './take-aways.ts';

/** What the replicas of a release agree on. */
export interface Replicas {
  /** Without it there is no other replica. */
  readonly lease: Lease | undefined;
  readonly takeAways: TakeAwaysInCluster | undefined;
  /** Whether this replica was chosen for what one alone should do; false without a Lease. */
  readonly leads: () => boolean;
}

/** Prepares the Leases of tollgate's namespace: who leads, and which changes that take cover away were allowed. */
export function meetReplicas({ options, connection, schedule, signals, log }: Ground): Replicas {
  const { namespace, stage = 'enforce', lease: name = 'tollgate' } = options;
  if (!connection || namespace === undefined)
    return { lease: undefined, takeAways: undefined, leads: () => false };
  const shared = { connection, schedule, namespace };
  const lease = composeLeadership({ ...shared, name, onChange: signals.leadership.tell }, log);
  const takeAways =
    stage === 'enforce'
      ? composeTakeAways({ ...shared, name: options.takeAwayLease ?? `${name}-take-aways` }, log)
      : undefined;
  return { lease, takeAways, leads: lease.leads };
}
