import type { ConventionSet } from './convention-set.ts';
import type { DocumentProblem } from './document/document-problem.ts';
import type { LoadedConventions } from './load-conventions.ts';

/** Keeps the conventions in force: a good set replaces the last one as a whole, a bad one is only reported. */
export interface ConventionHolder {
  readonly current: () => ConventionSet;
  /** What is wrong with the last documents offered; empty where they are in force. */
  readonly problems: () => readonly DocumentProblem[];
  /** Takes what was loaded; true where it is in force from now on. */
  readonly offer: (loaded: LoadedConventions) => boolean;
}

/** Creates a holder with the set to start from. */
export function createConventionHolder(initial: ConventionSet): ConventionHolder {
  let [current, problems]: [ConventionSet, readonly DocumentProblem[]] = [initial, []];
  return {
    current: () => current,
    problems: () => problems,
    offer: (loaded) => {
      problems = loaded.problems;
      if (!loaded.set) return false;
      current = loaded.set;
      return true;
    },
  };
}
