import type { Policy } from '../policy/policy.ts';
import type { PolicyChange, PolicyIndex } from '../world/policy-index.ts';
import type { DirectionCoverage } from './coverage.ts';
import { changeClassTable, type ClassTable, createClassTable } from './namespace-class.ts';
import { factsOfPolicy, type PolicyFacts } from './policy-facts.ts';

/** What a world and those made from it by changes have found out; kept because it stays true. */
export interface SharedMemory {
  readonly facts: WeakMap<Policy, PolicyFacts>;
  /** By the list of a namespace's policies, which stays the same while they do. */
  readonly own: WeakMap<readonly Policy[], OwnPolicies>;
  /** Results by a key that names everything they depend on. */
  readonly results: Map<string, StoredResult>;
}

/** The policies of one namespace. */
export interface OwnPolicies {
  readonly policies: readonly Policy[];
  /** Equal for namespaces whose policies differ in nothing but their namespace. */
  readonly signature: string;
  readonly asksAccounts: boolean;
  readonly asksOtherNamespaces: boolean;
}

/** A result with the namespace it was found for: for another one of its kind only names differ. */
export interface StoredResult {
  readonly namespace: string;
  readonly result: DirectionCoverage;
}

/** What is remembered about one set of cluster-wide policies. */
export interface CoverageMemory {
  readonly shared: SharedMemory;
  table?: ClassTable;
  /** The table of an earlier set that was asked for classes, and what has changed since. */
  before?: { readonly table: ClassTable; readonly change: PolicyChange };
}

/** Results that are kept; more than that, and the oldest go. */
const maximumResults = 30_000;

export function createCoverageMemory(): CoverageMemory {
  return { shared: { facts: new WeakMap(), own: new WeakMap(), results: new Map() } };
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
    : createClassTable(global, (policy) => factsOf(memory.shared, policy));
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

export function remember({ results }: SharedMemory, key: string, result: StoredResult): void {
  if (results.size >= maximumResults) {
    let excess = maximumResults / 4;
    for (const oldest of results.keys()) {
      if (excess-- === 0) break;
      results.delete(oldest);
    }
  }
  results.set(key, result);
}

function join(first: PolicyChange, second: PolicyChange): PolicyChange {
  return {
    come: [...first.come.filter((policy) => !second.gone.has(policy)), ...second.come],
    gone: new Set([...first.gone, ...second.gone]),
  };
}
