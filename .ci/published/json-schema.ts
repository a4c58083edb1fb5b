import { toJsonSchema } from '@valibot/to-json-schema';
import { conventionPolicySchema } from '../../src/conventions/document/schema/convention-policy.ts';
import { dayMessage } from '../../src/conventions/document/schema/field-types.ts';
import { suiteSchema } from '../../src/application/suite/suite-schema.ts';
import { manifestSetSchema } from '../../src/conventions/document/schema/manifest-set.ts';
import { waiverSchema } from '../../src/conventions/document/schema/waiver.ts';

/** The part of JSON Schema, draft 7, that the documents need. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly uniqueItems?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly [keyword: string]: unknown;
}

/** The schema for editors of suites of policy tests. */
export function suiteFileSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://tollgate.dev/schemas/test-suite-v1alpha1.json',
    title: 'Policy tests of tollgate',
    ...at(convert(suiteSchema), ['properties', 'cases', 'items'], (entry) => ({
      ...entry,
      // Of a case with rows, each of these may be in them.
      anyOf: [
        { required: ['rows'] },
        {
          oneOf: [
            { required: ['review', 'expect'] },
            { required: ['manifests', 'expect'] },
            { required: ['flow'] },
          ],
        },
      ],
    })),
  };
}

/** The schema for editors, of a file that may hold every kind. */
export function publishedSchema(): JsonSchema {
  const definitions = { ...kindSchemas, ManifestSet: manifestSetJsonSchema };
  const kinds = Object.keys(definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://tollgate.dev/schemas/conventions-v1alpha1.json',
    title: 'Conventions and waivers of tollgate',
    anyOf: kinds.map((kind) => ({ $ref: `#/definitions/${kind}` })),
    definitions,
  };
}

/** Of the checks that the converter does not know, editors can make those for days and for words that stand only once. */
function convert(schema: Parameters<typeof toJsonSchema>[0]): JsonSchema {
  const converted = toJsonSchema(schema, {
    typeMode: 'input',
    overrideAction: ({ valibotAction: { type, ...action }, jsonSchema }) => {
      if (type === 'check_items') return { ...jsonSchema, uniqueItems: true };
      if (type !== 'check') return undefined;
      return 'message' in action && action.message === dayMessage
        ? { ...jsonSchema, format: 'date' }
        : jsonSchema;
    },
  });
  const { $schema: _, ...plain } = converted;
  return plain as unknown as JsonSchema;
}

/** What the loader says of the parts of a convention together, as far as JSON Schema and structural schemas can. */
function constrain(root: JsonSchema): JsonSchema {
  return at(root, ['properties', 'spec'], (spec) => ({
    ...at(
      at(spec, ['properties', 'rules', 'additionalProperties'], ({ anyOf = [], ...setting }) => ({
        ...setting,
        anyOf: anyOf.map((option) => (option.properties ? { ...option, allOf: [announcesDenial] } : option)),
      })),
      ['properties', 'stores', 'items'],
      (store) => ({ ...store, allOf: [hasPorts] }),
    ),
    allOf: [asksForSomething],
  }));
}

function at(
  schema: JsonSchema,
  [key, ...rest]: readonly string[],
  change: (part: JsonSchema) => JsonSchema,
): JsonSchema {
  if (key === undefined) return change(schema);
  return { ...schema, [key]: at((schema[key] ?? {}) as JsonSchema, rest, change) };
}

/** A convention that asks for nothing would govern its namespaces out of sight. */
const asksForSomething = {
  anyOf: [
    { required: ['defaultDeny'] },
    { required: ['mesh'] },
    { required: ['labels'], properties: { labels: { minItems: 1 } } },
    { required: ['stores'], properties: { stores: { minItems: 1 } } },
    { required: ['rules'], properties: { rules: { minProperties: 1 } } },
  ],
};

/** From one of them follows where a store takes its clients. */
const hasPorts = { anyOf: [{ required: ['protocol'] }, { required: ['ports'] }] };

/** An announced day has an effect only where something denies from then on. */
const announcesDenial = {
  anyOf: [
    { not: { required: ['since'] } },
    ...['action', 'admission', 'ci', 'audit'].map((key) => ({
      required: [key],
      properties: { [key]: { enum: ['deny'] } },
    })),
  ],
};

/** The schema of each kind of document, as written: defaults may be missing. */
export const kindSchemas: Readonly<Record<'ConventionPolicy' | 'Waiver', JsonSchema>> = {
  ConventionPolicy: constrain(convert(conventionPolicySchema)),
  Waiver: convert(waiverSchema),
};

/** The schema of a set of manifests, which is for the command line and no kind of a cluster. */
export const manifestSetJsonSchema: JsonSchema = convert(manifestSetSchema);
