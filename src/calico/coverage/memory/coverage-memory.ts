import type { Candidate } from '../facts/candidate.ts';
import type { Policy } from '../../policy/policy.ts';
import type { LayeredMap } from '../../state/layered-map.ts';
import type { PolicyChange, PolicyIndex } from '../../state/policy-index.ts';
import { changeClassTable, type ClassTable, createClassTable } from './namespace-class.ts';
import { factsOfPolicy, type PolicyFacts } from '../facts/policy-facts.ts';
import type { PeerIndex } from '../facts/peer-index.ts';
import { createResultMemory, type ResultMemory } from './result-memory.ts';

/** What a world and those made from it by changes have found out; kept because it stays true. */
export interface SharedMemory {
  readonly facts: WeakMap<Policy, PolicyFacts>;
  /** By the list of a namespace's policies, which stays the same while they do. */
  readonly own: WeakMap<readonly Policy[], OwnPolicies>;
  /** By the map of all policies, which stays the same while they do. */
  readonly peers: WeakMap<LayeredMap<Policy>, PeerIndex>;
  /** Numbers for signatures, so that keys are short. */
  readonly numbers: Map<string, number>;
  nextNumber: number;
  /** Results by the tiers of the world and the families asked about. */
  readonly results: Map<string, ResultMemory>;
}

/** The policies of one namespace. */
export interface OwnPolicies {
  readonly policies: readonly Policy[];
  /** Equal for namespaces whose policies differ in nothing but their namespace. */
  readonly number: number;
  readonly asksAccounts: boolean;
  /** Whether some rule asks for labels at the pod's own end. */
  readonly asksPodEnds: boolean;
  readonly asksOtherNamespaces: boolean;
  /** By tier, once they are resolved; kept where only their own namespace decides. */
  candidates?: ReadonlyMap<string, readonly Candidate[]>;
}

/** What is remembered about one set of cluster-wide policies. */
export interface CoverageMemory {
  readonly shared: SharedMemory;
  table?: ClassTable;
  /** The table of an earlier set that was asked for classes, and what has changed since. */
  before?: { readonly table: ClassTable; readonly change: PolicyChange };
}

export function createCoverageMemory(): CoverageMemory {
  return {
    shared: {
      facts: new WeakMap(),
      own: new WeakMap(),
      peers: new WeakMap(),
      numbers: new Map(),
      nextNumber: 0,
      results: new Map(),
    },
  };
}

/** The memory for the policies after a change; nothing has been computed yet, but what was stays of use. */
export function changeCoverageMemory(memory: CoverageMemory, change: PolicyChange): CoverageMemory {
  if (change.come.length === 0 && change.gone.size === 0) return memory;
  const { shared, table, before } = memory;
  if (table) return { shared, before: { table, change } };
  return before
    ? { shared, before: { table: before.table, change: join(before.change, change) } }
    : { shared };
}

export function classTableOf(memory: CoverageMemory, global: PolicyIndex['global']): ClassTable {
  const { before } = memory;
  memory.table ??= before
    ? changeClassTable(before.table, global, before.change)
    : createClassTable(
        global,
        (policy) => factsOf(memory.shared, policy),
        (signature) => numberOf(memory.shared, signature),
      );
  delete memory.before;
  return memory.table;
}

export function factsOf({ facts }: SharedMemory, policy: Policy): PolicyFacts {
  const known = facts.get(policy);
  if (known) return known;
  const found = factsOfPolicy(policy);
  facts.set(policy, found);
  return found;
}

/** Signatures that are kept; more than that, and all are forgotten and get new numbers when they come again. */
const maximumNumbers = 100_000;

/** The number of a signature; no two signatures ever have the same. */
export function numberOf(shared: SharedMemory, signature: string): number {
  const known = shared.numbers.get(signature);
  if (known !== undefined) return known;
  if (shared.numbers.size >= maximumNumbers) shared.numbers.clear();
  const number = shared.nextNumber++;
  shared.numbers.set(signature, number);
  return number;
}

/** Sets of tiers that results are kept for. */
const maximumQuestions = 8;

/** The results for worlds with the same tiers, in answer to the same question. */
export function resultMemoryOf({ results }: SharedMemory, tiers: string, families: string): ResultMemory {
  const key = `${families} ${tiers}`;
  const known = results.get(key);
  if (known) return known;
  const [oldest] = results.keys();
  if (results.size >= maximumQuestions && oldest !== undefined) results.delete(oldest);
  const memory = createResultMemory();
  results.set(key, memory);
  return memory;
}

function join(first: PolicyChange, second: PolicyChange): PolicyChange {
  return {
    come: [...first.come.filter((policy) => !second.gone.has(policy)), ...second.come],
    gone: new Set([...first.gone, ...second.gone]),
  };
}
