import { nameLabel, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import { selectsLabels } from '../kubernetes/label-selector.ts';
import { remember } from '../memo/remember.ts';
import { strictestOf } from './convention/combined-convention.ts';
import { systemNamespaces } from './convention/compile-convention.ts';
import type { Convention } from './convention/convention.ts';
import { compileNameGlobs } from './document/name-glob.ts';
import type { Waiver } from './waiver/waiver.ts';

/** Whether the labels of a namespace are known; of one that no manifest describes only the name label is. */
export type LabelKnowledge = (namespace: string) => boolean;

/**
 * The convention of a namespace whose labels are not known: the strictest that could govern it; undefined only where
 * none could.
 * @param ordered by priority, the highest first
 */
export function createUnknownGoverning(
  ordered: readonly Convention[],
): (namespace: NamespaceIdentity) => Convention | undefined {
  return remember(
    {
      name: 'conventions of namespaces without known labels',
      bound: { entries: 1000 },
      key: ({ name }: NamespaceIdentity) => name,
    },
    ({ name }) => {
      const [first, ...others] = candidatesFor(name, ordered);
      return first && others.length > 0 ? strictestOf([first, ...others]) : first;
    },
  );
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
