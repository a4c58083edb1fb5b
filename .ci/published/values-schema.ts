import { type JsonSchema, kindSchemas } from './json-schema.ts';

/** The lists of the chart's values that hold documents, and which kind. */
const listsOf = { policies: 'ConventionPolicy', waivers: 'Waiver' } as const;

/** The schema of the chart's values with that of the documents in it: Helm refuses what the server would not load. */
export function withDocuments(values: JsonSchema): JsonSchema {
  const conventions = values.properties?.['conventions'] ?? {};
  const lists = Object.entries(listsOf).map(([name, kind]) => [
    name,
    { ...conventions.properties?.[name], items: documentInValues(kindSchemas[kind]) },
  ]);
  return {
    ...values,
    properties: {
      ...values.properties,
      conventions: {
        ...conventions,
        properties: { ...conventions.properties, ...Object.fromEntries(lists) },
      },
    },
  };
}

/** A document in values says neither its kind nor its version: the chart does. It may have more metadata than we read. */
function documentInValues({ properties = {} }: JsonSchema): JsonSchema {
  const { metadata = {}, ...rest } = properties;
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...rest, metadata: { type: 'object', required: ['name'], allOf: [metadata] } },
    required: ['metadata', 'spec'],
  };
}
