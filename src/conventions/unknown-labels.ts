import { nameLabel, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import { selectsLabels } from '../kubernetes/label-selector.ts';
import { createMemory } from '../memo/memory.ts';
import { answerOf, kept, type Kept } from '../memo/answer.ts';
import { strictestOf } from './convention/combined-convention.ts';
import { systemNamespaces } from './convention/compile-convention.ts';
import type { Convention } from './convention/convention.ts';
import { compileNameGlobs } from './document/name-glob.ts';
import type { Waiver } from './waiver/waiver.ts';

/** Whether the labels of a namespace are known; of one that no manifest describes only the name label is. */
export type LabelKnowledge = (namespace: string) => boolean;

/** The convention of namespaces whose labels are not known. */
export interface UnknownGoverning {
  /** The strictest that could govern it; undefined only where none could. */
  readonly governing: (namespace: NamespaceIdentity) => Convention | undefined;
  /** The conventions that one was made of; undefined where it is one of the set. */
  readonly membersOf: (convention: Convention) => readonly Convention[] | undefined;
}

/** @param ordered by priority, the highest first */
export function createUnknownGoverning(ordered: readonly Convention[]): UnknownGoverning {
  const members = new WeakMap<Convention, readonly Convention[]>();
  const known = createMemory<string, Kept<Convention | undefined>>({
    name: 'conventions of namespaces without known labels',
    bound: { entries: 1000 },
  });
  const workOut = (name: string) => {
    const [first, ...others] = candidatesFor(name, ordered);
    if (!first || others.length === 0) return first;
    const strict = strictestOf([first, ...others]);
    members.set(strict, [first, ...others]);
    return strict;
  };
  return {
    governing: ({ name }) => {
      const found = known.get(name);
      if (found !== undefined) return answerOf(found);
      const answer = workOut(name);
      known.set(name, kept(answer));
      return answer;
    },
    membersOf: (convention) => members.get(convention),
  };
}

/** The conventions that could govern a namespace of this name, whatever its labels are. */
export function candidatesFor(name: string, ordered: readonly Convention[]): readonly Convention[] {
  const candidates: Convention[] = [];
  for (const convention of ordered) {
    if (!couldSelect(convention, name)) continue;
    candidates.push(convention);
    // What is for every namespace of this name leaves nothing to those of a lower priority.
    if (dependsOnName(convention.namespaces.selector)) break;
  }
  return candidates;
}

/** Whether which convention governs a namespace of this name, if any, depends on its labels. */
export function labelsDecide(name: string, ordered: readonly Convention[]): boolean {
  const candidates = candidatesFor(name, ordered);
  const [first] = candidates;
  return first !== undefined && (candidates.length > 1 || !dependsOnName(first.namespaces.selector));
}

/** Whether a waiver is for all namespaces that it could be for, whatever their labels are. */
export function countsWhateverLabels({ namespaceSelector }: Waiver): boolean {
  return !namespaceSelector || dependsOnName(namespaceSelector);
}

function couldSelect({ namespaces: { selector, exclude } }: Convention, name: string): boolean {
  if (compileNameGlobs([...systemNamespaces, ...exclude])(name)) return false;
  return selectsLabels(
    selector.filter(({ key }) => key === nameLabel),
    { [nameLabel]: name },
  );
}

function dependsOnName(selector: Convention['namespaces']['selector']): boolean {
  return selector.every(({ key }) => key === nameLabel);
}
