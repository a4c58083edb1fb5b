import { isLabelValue } from '../../kubernetes/label-syntax.ts';
import type { Selector } from './ast.ts';
import { atomsByKey } from './atoms.ts';
import type { Atom } from './evaluate.ts';
import type { LabelField, SelectorRemark } from './remark.ts';
import { reservedRemarks } from './reserved-labels.ts';
import { findLabels, isPossibleKey, type SearchEffort } from './satisfiability.ts';
import { cut } from '../../text/cut.ts';

/**
 * What a selector says that cannot be meant: conditions no Kubernetes label can fulfil, a contradiction or a
 * tautology, and names that Calico does not know in the field the selector stands in. Each remark is made once.
 * @param field the field that the selector stands in, which decides whose labels it asks for
 * @param effort what the search for labels may still cost; without it, as much as one selector needs
 * @example
 * const { selector } = parseSelector('has(app) && !has(app)');
 * selectorRemarks(selector, 'selector').map(({ code }) => code); // ['never-matches']
 */
export function selectorRemarks(
  selector: Selector,
  field: LabelField,
  effort?: SearchEffort,
): readonly SelectorRemark[] {
  const remarks = new Map<string, SelectorRemark>();
  const atomsOf = atomsByKey(selector);
  for (const [key, atoms] of atomsOf) {
    const found = isPossibleKey(key)
      ? [...reservedRemarks(key, atoms, field), ...atoms.flatMap(impossibleValues)]
      : [impossibleKey(key)];
    for (const remark of found) remarks.set(remark.message, remark);
  }
  return [...remarks.values(), ...wholeRemarks(selector, atomsOf.size > 0, effort)];
}

function wholeRemarks(
  selector: Selector,
  hasConditions: boolean,
  effort: SearchEffort | undefined,
): SelectorRemark[] {
  if (findLabels(selector, true, effort) === 'none') {
    return [{ code: 'never-matches', message: 'it matches nothing: no set of labels fulfils it' }];
  }
  if (!hasConditions || findLabels(selector, false, effort) !== 'none') return [];
  const message = 'it matches everything: every set of labels fulfils it';
  return [{ code: 'always-matches', message, remedy: 'write all() if that is meant' }];
}

function impossibleKey(key: string): SelectorRemark {
  const rule =
    'a label name is up to 63 letters, digits, "-", "_" and ".", after at most one DNS prefix and "/"';
  return { code: 'impossible-key', key, message: `no label is named ${key}: ${rule}` };
}

function impossibleValues(atom: Atom): SelectorRemark[] {
  return comparisonsOf(atom)
    .filter(isImpossible)
    .map(({ kind, key, value }): SelectorRemark => {
      const shown = cut(value, 80, { markOnTop: true });
      const message = `${key} ${relations[kind]} "${shown}": ${ruleBroken(value)}`;
      return { code: 'impossible-value', key, value, message };
    });
}

type Comparing = Extract<Atom, { readonly value: string }>;

const relations: Readonly<Record<Comparing['kind'], string>> = {
  equals: 'is never',
  'not-equals': 'is never',
  contains: 'never contains',
  'starts-with': 'never starts with',
  'ends-with': 'never ends with',
};

/** The single strings that a condition compares with, without its negation. */
function comparisonsOf(atom: Atom): Comparing[] {
  switch (atom.kind) {
    case 'has':
      return [];
    case 'in':
    case 'not-in':
      return atom.values.map((value) => ({ kind: 'equals', key: atom.key, value }));
    case 'not-equals':
      return [{ ...atom, kind: 'equals' }];
    default:
      return [atom];
  }
}

/** A part of a value may need a letter before or behind it, as `-db` does. */
function isImpossible({ kind, value }: Comparing): boolean {
  const before = kind === 'contains' || kind === 'ends-with' ? ['', 'x'] : [''];
  const behind = kind === 'contains' || kind === 'starts-with' ? ['', 'x'] : [''];
  return !before.some((start) => behind.some((end) => isLabelValue(start + value + end)));
}

function ruleBroken(value: string): string {
  if (value.length > 63) return 'a label value has at most 63 characters';
  return /^[-A-Za-z0-9_.]*$/.test(value)
    ? 'a label value starts and ends with a letter or a digit'
    : 'a label value holds only letters, digits, "-", "_" and "."';
}
