import type { JsonSchema } from './json-schema.ts';

/** A rule that the API server checks in CEL, at the place of the schema that it is about. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/**
 * Turns a JSON Schema into a structural schema for a CustomResourceDefinition. Unknown keys are pruned there, or
 * refused with strict validation; what may be a word or a map becomes a node without a type, held by its alternatives.
 * Source: Kubernetes, "Specifying a structural schema".
 */
export function structuralSchema(
  schema: JsonSchema,
  rules: ReadonlyMap<string, readonly CelRule[]>,
  path = '',
): object {
  const {
    anyOf,
    const: constant,
    propertyNames,
    additionalProperties,
    properties,
    items,
    uniqueItems,
    required,
    ...rest
  } = schema;
  const own = rules.get(path) ?? [];
  const keys = keyRules(propertyNames, additionalProperties);
  const validations = [...own, ...keys];
  const common = {
    ...rest,
    ...(constant === undefined ? {} : { type: typeof constant, enum: [constant] }),
    ...(validations.length > 0 ? { 'x-kubernetes-validations': validations } : {}),
  };
  const children = (map: Readonly<Record<string, JsonSchema>>) =>
    Object.fromEntries(
      Object.entries(map).map(([key, child]) => [key, structuralSchema(child, rules, `${path}.${key}`)]),
    );
  if (anyOf?.every(({ type }) => type === 'integer' || type === 'string'))
    return { ...common, 'x-kubernetes-int-or-string': true };
  if (anyOf) return { ...common, ...wordOrMap(anyOf, children) };
  return {
    ...common,
    ...(required && required.length > 0 ? { required } : {}),
    ...(properties ? { properties: children(properties) } : {}),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: structuralSchema(additionalProperties, rules, `${path}{}`) }
      : {}),
    ...(items ? { items: structuralSchema(items, rules, `${path}[]`) } : {}),
    ...(uniqueItems ? { 'x-kubernetes-list-type': 'set' } : {}),
  };
}

/** Structural schemas have no `propertyNames`, so keys are held by CEL, which sees a map only if its values have a type. */
function keyRules(names: JsonSchema | undefined, values: JsonSchema | boolean | undefined): CelRule[] {
  const pattern = names?.pattern;
  if (pattern === undefined || typeof values !== 'object' || values.type === undefined) return [];
  return [
    {
      rule: `self.all(key, key.matches(${JSON.stringify(pattern)}))`,
      message: `keys must match ${pattern}`,
    },
  ];
}

/** Words, and at most one map beside them. */
function wordOrMap(
  alternatives: readonly JsonSchema[],
  children: (map: Readonly<Record<string, JsonSchema>>) => object,
): object {
  const words = alternatives.flatMap(wordsOf);
  const map = alternatives.find(({ properties }) => properties);
  const untyped = { 'x-kubernetes-preserve-unknown-fields': true };
  if (!map?.properties) return { ...untyped, enum: words };
  return {
    ...untyped,
    properties: children(map.properties),
    anyOf: [
      { enum: words },
      {
        ...onlyMaps,
        anyOf: exactKeySets(Object.keys(map.properties)),
        ...(map.allOf ? { allOf: map.allOf } : {}),
      },
    ],
  };
}

function wordsOf({ anyOf, enum: words, const: constant, properties }: JsonSchema): readonly unknown[] {
  if (anyOf) return anyOf.flatMap(wordsOf);
  return properties ? [] : (words ?? [constant]);
}

/** Keywords that every value without a type fails unless it is a map: they say nothing about maps. */
const onlyMaps = {
  maxLength: 0,
  maxItems: 0,
  minimum: 1,
  maximum: 0,
  not: { enum: ['', [], true, false, null] },
};

/** Beside unknown fields that are preserved, a misspelt key is only noticed where every good set of keys is listed. */
function exactKeySets(keys: readonly string[]): object[] {
  const subsets = keys.reduce<string[][]>(
    (sets, key) => sets.concat(sets.map((set) => set.concat(key))),
    [[]],
  );
  return subsets
    .filter((set) => set.length > 0)
    .map((required) => ({ required, maxProperties: required.length }));
}
