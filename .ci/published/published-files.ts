import { dump } from 'js-yaml';
import { customResource } from './custom-resource.ts';
import { type JsonSchema, publishedSchema, suiteFileSchema } from './json-schema.ts';

const banner = '# Written by `npm run generate` from src/conventions/schema.\n';

/** Every file that is made from the schema of the documents, by its path in the project. */
export function publishedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/schemas/conventions-v1alpha1.json', schemaText(publishedSchema())],
    ['docs/schemas/test-suite-v1alpha1.json', schemaText(suiteFileSchema())],
    ['charts/tollgate/files/crds/conventionpolicies.yaml', resourceText('ConventionPolicy')],
    ['charts/tollgate/files/crds/waivers.yaml', resourceText('Waiver')],
  ]);
}

function resourceText(kind: Parameters<typeof customResource>[0]): string {
  return banner + dump(customResource(kind), { lineWidth: 110, noRefs: true, flowLevel: -1 });
}

function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
