import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createTextEditor } from '../../src/manifests/edit/edit-text.ts';
import { applyTextEdits } from '../../src/manifests/edit/text-edit.ts';
import { defaultLimits } from '../../src/manifests/limits.ts';
import { createLocator } from '../../src/manifests/yaml/locate.ts';
import { createDocumentParser } from '../../src/manifests/yaml/parse-document.ts';

const parser = createDocumentParser(defaultLimits);

interface LayoutCase {
  readonly yaml: string;
  readonly json?: unknown;
  readonly refused?: true;
}

// Made with sigs.k8s.io/yaml v1.6.0, YAMLToJSONStrict.
const dataFile = join(import.meta.dirname, 'data', 'api-server-layout.json');
const cases = JSON.parse(readFileSync(dataFile, 'utf8')) as readonly LayoutCase[];

t.test('lines within brackets and quotes may stand anywhere, as for sigs.k8s.io/yaml', async (t) => {
  t.ok(cases.length > 35, 'the cases were found');
  for (const { yaml, json, refused } of cases) {
    const parsed = parser.parse(yaml);
    if (refused) t.ok('problem' in parsed, `${JSON.stringify(yaml)} is refused`);
    else t.same('value' in parsed ? parsed.value : parsed, json, JSON.stringify(yaml));
  }
});

const manifest = [
  'apiVersion: v1',
  'kind: Pod',
  'metadata: {',
  '  name: tool,',
  'namespace: shop',
  '}',
  'spec:',
  '  containers:',
  '  - name: tool',
  '    args: [',
  '      "-v",',
  '"-x"',
  '    ]',
  '    command:\t[ sh,\t"-c" ]',
  '    image: "busybox:',
  '1.37"',
  '    ports:',
  '    - containerPort: 80',
].join('\n');

t.test('places in such a document are those of its own text', async (t) => {
  const locate = createLocator(manifest);
  const places = {
    '/metadata/name': 'name: tool',
    '/metadata/namespace': 'namespace: shop',
    '/spec/containers/0/args/1': '"-x"',
    '/spec/containers/0/command/1': '"-c"',
    '/spec/containers/0/image': 'image',
    '/spec/containers/0/ports/0/containerPort': 'containerPort: 80',
  };
  for (const [pointer, place] of Object.entries(places)) {
    const span = locate(pointer);
    t.equal(span && manifest.slice(span.start, span.end), place, pointer);
  }
});

t.test('a mistake behind such lines is told at its place', async (t) => {
  const text = 'a: [\n1\n]\nb: {\n}\nc: d: e\n';
  const parsed = parser.parse(text);
  t.match(parsed, { problem: { id: 'manifest/syntax', offset: text.indexOf(': e') } });
  const twice = parser.parse('a: [\n1\n]\nb: 1\nb: 2\n');
  t.match(twice, { problem: { offset: 'a: [\n1\n]\nb: 1\n'.length, reason: /the key b is there twice/ } });
  const number = parser.parse('a: [\n1\n]\nb: .inf\n');
  t.match(number, { problem: { offset: 'a: [\n1\n]\nb: '.length } });
});

t.test('an edit leaves every other byte of such a document as it is', async (t) => {
  const editor = await createTextEditor(defaultLimits);
  const text = 'metadata: {\n  name: tool\n}\nspec:\n  args: [\n    "-v"\n  ]\n  host: true\n';
  const found = editor.editsFor(text, [{ pointer: '/spec/host', value: false }]);
  t.equal(
    'edits' in found ? applyTextEdits(text, found.edits) : found.refusal,
    text.replace('true', 'false'),
  );
});

t.test('what would take long is refused with a reason', async (t) => {
  const many = Array.from({ length: 5000 }, (_, index) => `b${index}: [\n]\n`).join('');
  const long = `a: [\n${Array.from({ length: 5000 }, (_, index) => `${index},\n`).join('')}]\n`;
  t.match(parser.parse(long), { value: { a: [] } }, 'many lines of one pair of brackets are read at once');
  t.match(parser.parse(many), { problem: { reason: /too many lines/ } });
});
