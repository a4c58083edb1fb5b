import { createMemory, type Memory } from '../../../memo/memory.ts';
import type { Direction } from '../../policy/policy.ts';
import { type NoteKind, noteOf } from '../../state/notes.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { type CoverageInputs, coverageKey } from './coverage-key.ts';
import type { StoredResult } from './stored-result.ts';

/** The results for one key, by direction. */
export type CaseResults = Partial<Record<Direction, StoredResult>>;

/** Results by the key of all that they depend on: never stale, and one for a world and all that is made of it. */
export const resultMemory: NoteKind<Memory<string, CaseResults>> = {
  name: 'verdicts on cover',
  restsOn: () => [],
  create: () => createMemory({ name: 'verdicts on cover by their key', bound }),
};

/** A large cluster's namespaces, if no two were alike, in answer to some questions each. */
const bound = { entries: 65_536 };

/** The place of what is remembered of a case: the same for all cases with the same inputs. */
export function resultsOf(world: PolicyWorld, inputs: CoverageInputs): CaseResults {
  const memory = noteOf(world, resultMemory);
  const key = coverageKey(inputs);
  const known = memory.get(key);
  if (known) return known;
  const results: CaseResults = {};
  memory.set(key, results);
  return results;
}
