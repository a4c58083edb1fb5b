import type { CoverageMemory } from '../coverage/memory/coverage-memory.ts';
import type { NetworkSets } from '../coverage/facts/network-sets.ts';
import type { ResultMemory } from '../coverage/memory/result-memory.ts';
import type { FlowIndex } from '../flow/flow-index.ts';

/** What a world remembers of what it was asked: filled at the first question, never part of an answer. */
export interface WorldMemory {
  readonly coverage: CoverageMemory;
  flowIndex?: FlowIndex;
  networkSets?: { readonly found: NetworkSets | undefined };
  /** Results for the tiers of this world, by the families asked about. */
  results?: ReadonlyMap<string, ResultMemory>;
}
