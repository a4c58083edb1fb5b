import { isRecord, list, record, type Fields } from '../../kubernetes/read.ts';
import { bySchema, type ObjectProblem } from './object-problem.ts';

/** Fields that the schema requires and that are not there. An explicit null is as good as absent. */
export function missingFields(value: Fields, names: readonly string[], pointer: string): ObjectProblem[] {
  return names
    .filter((name) => value[name] === undefined || value[name] === null)
    .map((name) => bySchema(pointer, `${name} is missing`, name));
}

/** A reference without a kind or a name. */
export function referenceProblems(value: unknown, pointer: string): ObjectProblem[] {
  if (!isRecord(value))
    return [bySchema(pointer, 'a reference needs a kind and a name', 'group, kind and name')];
  return ['kind', 'name'].flatMap((field) => {
    const found = value[field];
    if (typeof found === 'string' && found !== '') return [];
    return [bySchema(pointer, `the reference has no ${field}`, field)];
  });
}

/** Two fields of which exactly one has to be there. */
export function onlyOneOf(value: Fields, names: readonly [string, string], pointer: string): ObjectProblem[] {
  const present = names.filter((name) => value[name] !== undefined && value[name] !== null);
  if (present.length === 1) return [];
  const both = names.join(' and ');
  return [
    present.length === 0
      ? bySchema(pointer, `neither ${names.join(' nor ')} is set`, `one of ${both}`)
      : bySchema(pointer, `${both} cannot be set together`, `only one of ${both}`),
  ];
}

/** What each item of a list is asked; the pointer to the item comes with it. */
export function eachItem(
  value: unknown,
  pointer: string,
  problemsOf: (item: unknown, pointer: string) => readonly ObjectProblem[],
): ObjectProblem[] {
  return list(value).flatMap((item, index) => problemsOf(item, `${pointer}/${index}`));
}

/** The same for lists of JSON objects. */
export function eachRecord(
  value: unknown,
  pointer: string,
  problemsOf: (item: Fields, pointer: string) => readonly ObjectProblem[],
): ObjectProblem[] {
  return eachItem(value, pointer, (item, at) => problemsOf(record(item), at));
}
