import { type EndSet, endSet } from '../../calico/index.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import type { GatheredEnd } from './gather-ends.ts';

/** The parts of the addresses of a family that are asked about. */
export function partsAmong(
  ends: readonly GatheredEnd[],
  family: Family,
  isWanted: (end: GatheredEnd) => boolean,
): EndSet {
  return endSet(ends.length, (number) => {
    const end = ends[number];
    return end?.kind === 'part' && end.family === family && isWanted(end);
  });
}
