import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dump } from 'js-yaml';
import { controls } from '../../src/questions/evidence/controls.ts';
import { customResource } from './custom-resource.ts';
import { ruleSuites } from './rule-suites.ts';
import { withInsertions } from './document-text.ts';
import { withDocuments } from './values-schema.ts';
import {
  type JsonSchema,
  kindSchemas,
  manifestSetJsonSchema,
  publishedSchema,
  suiteFileSchema,
} from './json-schema.ts';

function bannerOf(source: string): string {
  return `# Written by \`npm run generate\` from ${source}.\n`;
}

const root = resolve(import.meta.dirname, '../..');

/** Every file that is made from the schema of the documents, by its path in the project. */
export function publishedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...withBanner(ruleSuites(read('docs/rules.md')), 'docs/rules.md'),
    ['docs/schemas/conventions-v1alpha1.json', schemaText(publishedSchema())],
    ['docs/schemas/test-suite-v1alpha1.json', schemaText(suiteFileSchema())],
    [
      'docs/conventions.md',
      withInsertions(read('docs/conventions.md'), { file: read, fields: fieldTables() }),
    ],
    ['docs/evidence.md', withInsertions(read('docs/evidence.md'), { tables: { controls: controlTable() } })],
    [
      'charts/tollgate/values.schema.json',
      schemaText(withDocuments(JSON.parse(read('charts/tollgate/values.schema.json')) as JsonSchema)),
    ],
    ['charts/tollgate/files/crds/conventionpolicies.yaml', resourceText('ConventionPolicy')],
    ['charts/tollgate/files/crds/waivers.yaml', resourceText('Waiver')],
  ]);
}

function controlTable(): readonly (readonly string[])[] {
  return [
    ['control', 'source', 'what of it is looked at, and what is not', 'rules'],
    ...controls.map(({ id, title, source, part, rules }) => [
      `${id}: ${title}`,
      source,
      part,
      rules.map((rule) => `\`${rule}\``).join(' '),
    ]),
  ];
}

function resourceText(kind: Parameters<typeof customResource>[0]): string {
  return (
    bannerOf('src/conventions/document/schema') +
    dump(customResource(kind), { lineWidth: 110, noRefs: true, flowLevel: -1 })
  );
}

function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function fieldTables(): Readonly<Record<string, JsonSchema>> {
  const { ConventionPolicy, Waiver } = kindSchemas;
  return {
    ConventionPolicy: specOf(ConventionPolicy),
    Waiver: specOf(Waiver),
    ManifestSet: specOf(manifestSetJsonSchema),
    Suite: suiteFileSchema(),
  };
}

function specOf({ properties }: JsonSchema): JsonSchema {
  return { properties: { spec: properties?.['spec'] ?? {} } };
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function withBanner(files: ReadonlyMap<string, string>, source: string): [string, string][] {
  return [...files].map(([path, text]) => [path, bannerOf(source) + text]);
}
