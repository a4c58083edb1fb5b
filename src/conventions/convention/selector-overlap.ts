import type { LabelRequirement, LabelSelector } from '../../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../kubernetes/namespace.ts';

/**
 * A namespace that selectors would select together, or undefined where there can be none: label by label, what is
 * asked of it must be possible at once. `mayBeNamed` says which names are not excluded.
 */
export function jointlySelected(
  selectors: readonly LabelSelector[],
  mayBeNamed: (name: string) => boolean,
): NamespaceIdentity | undefined {
  const byKey = Map.groupBy(selectors.flat(), ({ key }) => key);
  const labels: [string, string][] = [];
  for (const [key, requirements] of byKey) {
    if (key === nameLabel) continue;
    const value = valueFor(requirements, ['any'], () => true);
    if (value === undefined) return undefined;
    if (value !== absent) labels.push([key, value]);
  }
  const name = valueFor(byKey.get(nameLabel) ?? [], sampleNames, mayBeNamed, true);
  if (name === undefined || name === absent) return undefined;
  return { name, labels: Object.fromEntries([...labels, [nameLabel, name]]) };
}

const absent = Symbol('absent');

/** Names of several lengths and beginnings, so that globs which leave any room leave it for one of these. */
const sampleNames = ['shop', ...[1, 2, 5, 9, 30, 63].flatMap((length) => letters(length))];

function letters(length: number): string[] {
  return 'abcdefghijklmnopqrstuvwxyz0123456789'.split('').map((letter) => letter.repeat(length));
}

/** A value that meets every requirement on one label, `absent` where it may be missing, undefined where none does. */
function valueFor(
  requirements: readonly LabelRequirement[],
  samples: readonly string[],
  isPossible: (value: string) => boolean,
  isAlwaysThere = false,
): string | typeof absent | undefined {
  const has = (operator: LabelRequirement['operator']) =>
    requirements.some((requirement) => requirement.operator === operator);
  const lists = requirements.filter(({ operator }) => operator === 'In').map(({ values }) => values);
  const refused = new Set(
    requirements.filter(({ operator }) => operator === 'NotIn').flatMap(({ values }) => values),
  );
  const mustBeThere = isAlwaysThere || lists.length > 0 || has('Exists');
  if (has('DoesNotExist')) return mustBeThere ? undefined : absent;
  if (!mustBeThere) return absent;
  const [first, ...others] = lists;
  const candidates = first
    ? first.filter((value) => others.every((values) => values.includes(value)))
    : [...samples, ...[...refused].map((value) => `${value}x`.slice(-63)), ...fresh(refused.size)];
  return candidates.find((value) => !refused.has(value) && isPossible(value));
}

/** More values than there are refused ones, so that one of them is free. */
function fresh(count: number): string[] {
  return Array.from({ length: count + 1 }, (_, index) => `any-${index}`);
}
