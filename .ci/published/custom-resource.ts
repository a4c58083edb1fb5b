import { kindSchemas } from './json-schema.ts';
import { type CelRule, structuralSchema } from './structural-schema.ts';

type Kind = keyof typeof kindSchemas;

interface Names {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly object[];
}

const accepted = {
  name: 'Accepted',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Accepted")].status',
};
const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const names: Readonly<Record<Kind, Names>> = {
  ConventionPolicy: {
    plural: 'conventionpolicies',
    singular: 'conventionpolicy',
    shortNames: ['convention', 'conventions'],
    columns: [{ name: 'Priority', type: 'integer', jsonPath: '.spec.priority' }, accepted, age],
  },
  Waiver: {
    plural: 'waivers',
    singular: 'waiver',
    shortNames: [],
    columns: [
      { name: 'Owner', type: 'string', jsonPath: '.spec.owner' },
      { name: 'Until', type: 'string', jsonPath: '.spec.until' },
      { name: 'Findings', type: 'integer', jsonPath: '.status.findings' },
      { name: 'Objects', type: 'integer', jsonPath: '.status.objects', priority: 1 },
      { name: 'Namespaces', type: 'integer', jsonPath: '.status.namespaces', priority: 1 },
      { name: 'Ticket', type: 'string', jsonPath: '.spec.ticket', priority: 1 },
      { name: 'Approved By', type: 'string', jsonPath: '.spec.approvedBy', priority: 1 },
      accepted,
      age,
    ],
  },
};

const selectorRule: CelRule = {
  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
  message: 'In and NotIn need values, Exists and DoesNotExist take none',
};

/** What the shape of a document can't say, by the place that it is said of. */
const celRules: ReadonlyMap<string, readonly CelRule[]> = new Map([
  ['.spec.namespaces.selector.matchExpressions[]', [selectorRule]],
  ['.spec.match.namespaceSelector.matchExpressions[]', [selectorRule]],
  ['.spec.mesh.linkerd.injectorNamespaceSelector.matchExpressions[]', [selectorRule]],
  ['.spec.mesh.linkerd.injectorObjectSelector.matchExpressions[]', [selectorRule]],
  ['.spec.stores[].selector.matchExpressions[]', [selectorRule]],
  [
    '.spec.labels[]',
    [
      {
        rule: 'has(self.value) || self.required || has(self.allowed) || has(self.pattern)',
        message: 'it has no effect; say where its "value" comes from, or "required: true"',
      },
      {
        rule: '!has(self.allowed) || !has(self.value) || !has(self.value.literal) || self.value.literal in self.allowed',
        message: 'the literal value is none of the allowed ones',
      },
    ],
  ],
]);

const waiverRules: ReadonlyMap<string, readonly CelRule[]> = new Map([
  ...celRules,
  ['.spec', [{ rule: '!has(self.from) || self.from <= self.until', message: 'it ends before it begins' }]],
]);

/** The CustomResourceDefinition of a kind; both live outside namespaces, since they are about all of them. */
export function customResource(kind: Kind): object {
  const { plural, singular, shortNames, columns } = names[kind];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.tollgate.dev` },
    spec: {
      group: 'tollgate.dev',
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['tollgate'] },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  };
}

function rootSchema(kind: Kind): object {
  const { description, properties = {} } = kindSchemas[kind];
  const spec = structuralSchema(
    properties['spec'] ?? {},
    kind === 'Waiver' ? waiverRules : celRules,
    '.spec',
  );
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: kind === 'ConventionPolicy' ? withListsByKey(spec) : withUnknownNarrowings(spec),
      status: statusSchema,
    },
  };
}

/** A label and a store are described only once: to the API server their lists are maps. */
function withListsByKey(spec: object): object {
  const { properties, ...rest } = spec as { readonly properties: Readonly<Record<string, object>> };
  const byKey = (list: object | undefined, key: string) => ({
    ...list,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
  });
  const labels = byKey(properties['labels'], 'key');
  const stores = byKey(properties['stores'], 'name');
  return { ...rest, properties: { ...properties, labels, stores } };
}

/**
 * What a waiver is for keeps fields that this version does not know: pruned, the waiver would be wider than it was
 * written. With them it is void.
 */
function withUnknownNarrowings(spec: object): object {
  const { properties, ...rest } = spec as { readonly properties: Readonly<Record<string, object>> };
  const match = properties['match'] as { readonly properties: Readonly<Record<string, object>> };
  const open = { 'x-kubernetes-preserve-unknown-fields': true };
  const namespaceSelector = { ...match.properties['namespaceSelector'], ...open };
  const findings = properties['findings'] as { readonly items: object };
  return {
    ...rest,
    properties: {
      ...properties,
      match: { ...match, ...open, properties: { ...match.properties, namespaceSelector } },
      findings: { ...findings, items: { ...findings.items, ...open } },
    },
  };
}

/** The usual conditions, and for waivers how many findings they cover. */
const statusSchema = {
  type: 'object',
  properties: {
    observedGeneration: { type: 'integer', format: 'int64' },
    findings: { type: 'integer', minimum: 0, description: 'How many findings it covers.' },
    objects: { type: 'integer', minimum: 0, description: 'Of how many objects they are.' },
    namespaces: { type: 'integer', minimum: 0, description: 'In how many namespaces those are.' },
    deadNames: {
      type: 'array',
      maxItems: 512,
      items: { type: 'string' },
      description: 'Names and namespaces that it lists and of which it covers nothing.',
    },
    conditions: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
        properties: {
          type: { type: 'string', maxLength: 316 },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
          lastTransitionTime: { type: 'string', format: 'date-time' },
          reason: { type: 'string', maxLength: 1024, minLength: 1 },
          message: { type: 'string', maxLength: 32768 },
        },
      },
    },
  },
};
