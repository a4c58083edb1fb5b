import type { Gap } from '../../inventory/inventory.ts';
import type { ReflectorStatus } from '../follow/reflector.ts';

export interface ResourceStatus extends ReflectorStatus {
  /** `deployments.apps`, as kubectl writes it. */
  readonly resource: string;
}

/** A collection that the API server has not spoken of for so long is no longer relied on; it should every minute. */
const staleAfterMs = 300_000;

export const notAllRead: Gap = { what: 'the cluster', why: 'not all of it has been read yet' };

export const turning: Gap = {
  what: 'Calico policies',
  why: 'they are being read again, since the cluster serves them in another way',
};

export const uncounted: Gap = {
  what: 'Calico policies',
  why: 'whether all of them are shown has not been counted yet',
};

/** What cannot be relied on, and why; what has merely not been read yet is told in one sentence. */
export function gapsOf(resources: readonly ResourceStatus[], now: number): readonly Gap[] {
  const isReading = resources.some(({ synced, problem }) => !synced && problem === undefined);
  const unreliable = resources.flatMap((status) => {
    const why = whyUnreliable(status, now);
    return why === undefined ? [] : [{ what: status.resource, why }];
  });
  return isReading ? [notAllRead, ...unreliable] : unreliable;
}

function whyUnreliable(status: ReflectorStatus, now: number): string | undefined {
  const { synced, absent, problem, lastContactAt = 0 } = status;
  if (!synced) return problem;
  if (absent) return 'it is no longer served';
  if (now - lastContactAt <= staleAfterMs) return undefined;
  const since = `nothing was heard of it since ${new Date(lastContactAt).toISOString()}`;
  return problem === undefined ? since : `${since}: ${problem}`;
}
