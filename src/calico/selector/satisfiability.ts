import { isQualifiedName } from '../../kubernetes/label-syntax.ts';
import type { Selector } from './ast.ts';
import { atomsByKey } from './atoms.ts';
import { labelClasses } from './label-classes.ts';
import { type KnownLabels, resolveSelector } from './resolve.ts';

/** Labels that give a selector the wanted answer; or that there are none; or that the search was given up. */
export type LabelSearch = { readonly labels: ReadonlyMap<string, string> } | 'none' | 'unknown';

/** What searches may cost before they are given up; several searches can share one. */
export interface SearchEffort {
  /** Conditions that are looked at; a selector of 1,024 characters has at most 150. */
  work: number;
  /** What the searches for values by their parts may visit, shared out among the labels. */
  states: number;
}

/** The effort for one question: some tens of milliseconds at the worst. */
export function searchEffort(work = 200_000): SearchEffort {
  return { work, states: 20_000 };
}

/**
 * Looks for a set of labels that a Kubernetes object can have and that a selector matches, or does not match.
 * Exact but for `unknown`: each label is tried with one value of each class, and only while it matters.
 */
export function findLabels(selector: Selector, wanted: boolean, effort = searchEffort()): LabelSearch {
  const representatives = new Map<string, readonly (string | undefined)[]>();
  let complete = true;
  const atomsOf = atomsByKey(selector);
  const states = Math.min(10_000, Math.ceil(effort.states / atomsOf.size));
  // To begin a search costs as much as some steps of it, and a policy can ask for thousands.
  effort.work -= sizeOf(selector) + beginning;
  for (const [key, atoms] of atomsOf) {
    if (effort.work <= 0) return 'unknown';
    const classes = isPossibleKey(key) ? labelClasses(atoms, states) : absent;
    effort.work -= (atoms.length * classes.representatives.length) >> 4;
    effort.states = Math.max(0, effort.states - classes.states);
    representatives.set(key, classes.representatives);
    complete &&= classes.complete;
  }
  const search: Search = { representatives, wanted, effort };
  const labels = searchFrom(search, selector, new Map());
  if (labels !== 'none') return labels;
  return complete ? 'none' : 'unknown';
}

/**
 * Whether an object or an endpoint can have a label of this name; those inherited from a namespace or a service
 * account carry a prefix that does not count.
 */
export function isPossibleKey(key: string): boolean {
  return isQualifiedName(key) || isQualifiedName(key.replace(/^pc(ns|sa)\./, ''));
}

const beginning = 16;

const absent = { representatives: [undefined], complete: true, states: 0 } as const;

interface Search {
  readonly representatives: ReadonlyMap<string, readonly (string | undefined)[]>;
  readonly wanted: boolean;
  readonly effort: SearchEffort;
}

function searchFrom(search: Search, selector: Selector, known: KnownLabels): LabelSearch {
  const size = sizeOf(selector);
  const key = firstKey(selector);
  if (key === undefined) return resolveSelector(selector, known) === search.wanted ? found(known) : 'none';
  for (const value of search.representatives.get(key) ?? []) {
    search.effort.work -= size;
    if (search.effort.work < 0) return 'unknown';
    const assigned = new Map([[key, value]]);
    const resolved = resolveSelector(selector, assigned);
    const labels = new Map([...known, ...assigned]);
    if (resolved === search.wanted) return found(labels);
    if (typeof resolved === 'boolean') continue;
    const result = searchFrom(search, resolved, labels);
    if (result !== 'none') return result;
  }
  return 'none';
}

function found(known: KnownLabels): LabelSearch {
  const present = [...known].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { labels: new Map(present) };
}

function firstKey(selector: Selector): string | undefined {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return undefined;
    case 'not':
      return firstKey(selector.operand);
    case 'and':
    case 'or':
      for (const operand of selector.operands) {
        const key = firstKey(operand);
        if (key !== undefined) return key;
      }
      return undefined;
    default:
      return selector.key;
  }
}

function sizeOf(selector: Selector): number {
  switch (selector.kind) {
    case 'not':
      return sizeOf(selector.operand);
    case 'and':
    case 'or':
      return selector.operands.reduce((sum, operand) => sum + sizeOf(operand), 0);
    default:
      return 1;
  }
}
