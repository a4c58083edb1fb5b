import type { FlowIndex } from '../flow/flow-index.ts';

/** What a world remembers of what it was asked: filled at the first question, never part of an answer. */
export interface WorldMemory {
  flowIndex?: FlowIndex;
}
