import type { Direction } from '../../policy/policy.ts';
import type { StoredResult } from './stored-result.ts';

/** The results for one case, by direction. */
export type CaseResults = Partial<Record<Direction, StoredResult>>;

/** Results by numbers that stand for what they depend on: the class of the namespace, and all that is its own. */
export interface ResultMemory {
  readonly resultsOf: (classNumber: number, ownNumber: number) => CaseResults;
}

/** Cases in a generation: more than the namespaces of a large cluster. */
const maximumCases = 16_384;

/**
 * Two generations are kept: when the younger is full it becomes the older, and what nobody has asked for since goes.
 */
export function createResultMemory(): ResultMemory {
  let young = new Map<number, Map<number, CaseResults>>();
  let old = new Map<number, Map<number, CaseResults>>();
  let size = 0;
  const add = (classNumber: number, ownNumber: number): CaseResults => {
    if (size >= maximumCases) {
      old = young;
      young = new Map();
      size = 0;
    }
    size++;
    const results = old.get(classNumber)?.get(ownNumber) ?? {};
    const there = young.get(classNumber);
    if (there) there.set(ownNumber, results);
    else young.set(classNumber, new Map([[ownNumber, results]]));
    return results;
  };
  return {
    resultsOf: (classNumber, ownNumber) =>
      young.get(classNumber)?.get(ownNumber) ?? add(classNumber, ownNumber),
  };
}
