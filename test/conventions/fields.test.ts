import t, { type Test } from 'tap';
import { kindSchemas, type JsonSchema } from '../../.ci/published/json-schema.ts';
import { isRecord } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import {
  conventionCases,
  documented,
  type FieldCase,
  type Spec,
  waiverCases,
  waiverObject,
} from './field-cases.ts';
import { decisionOf } from './scenarios.ts';

const today = '2026-12-01T00:00:00Z';

/** The paths of all fields of a schema that have no fields of their own. */
function leavesOf(schema: JsonSchema, path = ''): readonly string[] {
  const children = [
    ...Object.entries(schema.properties ?? {}).map(([key, child]) => [`${path}.${key}`, child] as const),
    ...(schema.items ? [[`${path}[]`, schema.items] as const] : []),
    ...(typeof schema.additionalProperties === 'object'
      ? [[`${path}{}`, schema.additionalProperties] as const]
      : []),
    ...(schema.anyOf ?? []).map((child) => [path, child] as const),
  ].flatMap(([at, child]) => (hasFields(child) || child.properties ? [[at, child] as const] : []));
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    hasFields(child) ? [] : [`${path}.${key}`],
  );
  return [...own, ...children.flatMap(([at, child]) => leavesOf(child, at))];
}

function hasFields(schema: JsonSchema): boolean {
  const { properties, items, additionalProperties, anyOf = [] } = schema;
  return (
    Object.keys(properties ?? {}).length > 0 ||
    (items !== undefined && hasFields(items)) ||
    (typeof additionalProperties === 'object' && hasFields(additionalProperties)) ||
    anyOf.some(hasFields)
  );
}

/** The paths at which two values differ, written like those of the schema; maps with free keys count as one. */
function differencesOf(one: unknown, other: unknown, fields: ReadonlySet<string>, path = ''): string[] {
  if (fields.has(path)) return JSON.stringify(one) === JSON.stringify(other) ? [] : [path];
  if (Array.isArray(one) && Array.isArray(other))
    return one.flatMap((item, index) => differencesOf(item, other[index], fields, `${path}[]`));
  if (!isRecord(one) || !isRecord(other)) {
    const there = [one, other].find(isRecord) ?? {};
    return one === other
      ? []
      : Object.keys(there)
          .flatMap((key) => `${path}.${key}`)
          .concat(path === '' ? path : []);
  }
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) => {
    const isField = [...fields].some(
      (field) =>
        field === `${path}.${key}` ||
        field.startsWith(`${path}.${key}.`) ||
        field.startsWith(`${path}.${key}[`) ||
        field.startsWith(`${path}.${key}{`),
    );
    return differencesOf(one[key], other[key], fields, isField ? `${path}.${key}` : `${path}{}`);
  });
}

function specFields(kind: keyof typeof kindSchemas): readonly string[] {
  return leavesOf(kindSchemas[kind].properties?.['spec'] ?? {});
}

t.test('every field of both documents has a case, and every case its field', async (t) => {
  t.same(Object.keys(conventionCases).toSorted(), specFields('ConventionPolicy').toSorted());
  t.same(Object.keys(waiverCases).toSorted(), specFields('Waiver').toSorted());
});

/** The sources of a label stand for each other: a label has exactly one. One that is forbidden has no other field. */
const alternatives = (field: string, changed: string): boolean =>
  (field === '.labels[].forbidden' && changed === '.labels[].allowed') ||
  (/\.value(\.firstOf\[\])?\.\w+$/.test(field) && /\.value(\.firstOf\[\])?\.\w+$/.test(changed));

function check(
  t: Test,
  field: string,
  { one, other, in: shown, shows, point, now = today }: FieldCase,
  setOf: (spec: Spec) => ReturnType<typeof conventions>,
  fields: ReadonlySet<string>,
): void {
  const changed = new Set(differencesOf(one, other, fields));
  t.ok(
    changed.has(field) && [...changed].every((path) => path === field || alternatives(field, path)),
    `${field}: the documents differ in ${[...changed].join(', ')}`,
  );
  const scenario = typeof shown === 'string' ? documented.get(shown) : shown;
  if (!scenario) throw new Error(`there is no example ${JSON.stringify(shown)}`);
  const [a, b] = [one, other].map((spec) => decisionOf(scenario, setOf(spec), new Date(now), point));
  const differing = [
    ...(a ?? []).filter((line) => !b?.includes(line)),
    ...(b ?? []).filter((line) => !a?.includes(line)),
  ];
  t.ok(
    differing.some((line) => line.startsWith(shows)),
    `${field}: ${differing.join('\n') || 'nothing differs'}`,
  );
}

t.test('every field of a convention decides something', async (t) => {
  const fields = new Set(specFields('ConventionPolicy'));
  for (const [field, entry] of Object.entries(conventionCases))
    check(t, field, entry, (spec) => conventions(spec, ...(entry.beside ?? [])), fields);
});

t.test('every field of a waiver decides something', async (t) => {
  const fields = new Set(specFields('Waiver'));
  for (const [field, entry] of Object.entries(waiverCases)) {
    const [changes = {}] = entry.beside ?? [];
    check(t, field, entry, (spec) => conventions(changes as Spec, waiverObject(spec)), fields);
  }
});
