import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { publishedSchema, suiteFileSchema } from '../../.ci/published/json-schema.ts';
import { publishedFiles } from '../../.ci/published/published-files.ts';
import { isDay } from '../../src/conventions/document/days.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { defaultLimits } from '../../src/manifests/limits.ts';
import { createDocumentParser } from '../../src/manifests/yaml/parse-document.ts';
import { documentCases } from './documents.ts';

const root = resolve(import.meta.dirname, '../..');

t.test('the published files are those that the schema makes', async (t) => {
  for (const [path, text] of publishedFiles()) {
    t.equal(readFileSync(join(root, path), 'utf8'), text, `${path}: npm run generate`);
  }
});

t.test('editors and the loader refuse the same documents', async (t) => {
  const isValid = new Ajv({ formats: { date: isDay }, strictTypes: false }).compile(publishedSchema());
  const rules = [{ id: 'mesh/inject-missing' }] as const;
  for (const { name, document, refusedBy } of documentCases) {
    const { set, problems } = loadConventions([{ file: 'case.yaml', value: document }], rules);
    t.equal(set === undefined, refusedBy.includes('loader'), `${name}: ${JSON.stringify(problems)}`);
    t.equal(!isValid(document), refusedBy.includes('editor'), `${name}, by the JSON Schema`);
  }
  t.ok(documentCases.length >= 60);
});

t.test('the suites among the examples are what editors take for suites', async (t) => {
  const isValid = new Ajv({ formats: { date: isDay }, strictTypes: false, strictRequired: false }).compile(
    suiteFileSchema(),
  );
  const parser = createDocumentParser(defaultLimits);
  const examples = join(root, 'examples');
  const suites = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.tollgate-test.yaml'),
  );
  for (const file of suites) {
    const parsed = parser.parse(readFileSync(join(examples, file), 'utf8'));
    t.ok('value' in parsed && isValid(parsed.value), `${file}: ${JSON.stringify(isValid.errors)}`);
  }
  t.ok(suites.length > 0);
  t.notOk(isValid({ suite: 'one', cases: [{ name: 'neither', expect: { decision: 'allow' } }] }));
  t.notOk(isValid({ suite: 'one', cases: [] }));
});
