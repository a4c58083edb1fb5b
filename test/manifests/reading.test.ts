import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { parseDocument } from 'yaml';
import { defaultLimits } from '../../src/manifests/limits.ts';
import { createLocator } from '../../src/manifests/yaml/locate.ts';
import { createDocumentParser } from '../../src/manifests/yaml/parse-document.ts';
import { inStrictLayout } from '../../src/manifests/yaml/read-events.ts';
import { createLineIndex } from '../../src/manifests/source-position.ts';
import { renderedFrom, splitDocuments } from '../../src/manifests/yaml/split-documents.ts';
import { yamlOptions } from '../../src/manifests/yaml/yaml-options.ts';

const parser = createDocumentParser(defaultLimits);

interface ReadingCase {
  readonly yaml: string;
  readonly json?: unknown;
  readonly refused?: true;
}

// Made with sigs.k8s.io/yaml v1.6.0: YAMLToJSON, and YAMLToJSONStrict for keys that are there twice.
const dataFile = join(import.meta.dirname, 'data', 'api-server-yaml.json');
const cases = JSON.parse(readFileSync(dataFile, 'utf8')) as readonly ReadingCase[];

t.test('YAML is read as sigs.k8s.io/yaml reads it', async (t) => {
  t.ok(cases.length > 200, 'the cases were found');
  for (const { yaml, json, refused } of cases) {
    const text = splitDocuments(yaml)[0]?.text ?? '';
    const parsed = parser.parse(text);
    if (refused) t.ok('problem' in parsed, `${JSON.stringify(yaml)} is refused`);
    else t.same('value' in parsed ? parsed.value : parsed, json, JSON.stringify(yaml));
  }
});

t.test('the reader with positions reads the same', async (t) => {
  for (const { yaml, refused } of cases) {
    const text = splitDocuments(yaml)[0]?.text ?? '';
    // `yaml` knows no line break of a lone CR; the editor sees that its text would read differently, and refuses
    if (refused || /\r(?!\n)/.test(yaml)) continue;
    t.same(parseDocument(text, yamlOptions()).toJS() ?? null, valueOf(text), JSON.stringify(yaml));
  }
});

const corpus = resolve(import.meta.dirname, '../../../shared/corpus');
const noCorpus = existsSync(corpus) ? false : 'there is no folder shared/corpus beside the checkout';

t.test('both readers agree on every document of the corpus', { skip: noCorpus }, async (t) => {
  const paths = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.(?:ya?ml|json)$/.test(path),
  );
  let documents = 0;
  for (const path of paths) {
    for (const { text } of splitDocuments(readFileSync(join(corpus, path), 'utf8'))) {
      const first = parser.parse(text);
      if ('problem' in first) continue;
      const second = parseDocument(inStrictLayout(text, defaultLimits.depth).text, yamlOptions());
      documents++;
      if (second.errors.length > 0 || !isDeepStrictEqual(second.toJS() ?? null, first.value)) t.fail(path);
    }
  }
  t.ok(documents > 2000, `${documents} documents read alike`);
});

t.test('texts that are out to do harm are refused with a reason', async (t) => {
  const names = 'abcdefghij'.split('');
  const bomb = names
    .map(
      (name, index) =>
        `${name}: &${name} [${Array(9)
          .fill(index === 0 ? 'x' : `*${names[index - 1]}`)
          .join(',')}]`,
    )
    .join('\n');
  const chain = names
    .map(
      (name, index) =>
        `${name}: &${name} ${'['.repeat(50)}${index === 0 ? 'x' : `*${names[index - 1]}`}${']'.repeat(50)}`,
    )
    .join('\n');
  const refusals: Record<string, readonly [string, string, string]> = {
    'an alias bomb': [bomb, 'manifest/aliases', 'its aliases expand to more than 2000000 values'],
    'an endless value': ['a: &x [1, *x]', 'manifest/aliases', 'an anchored value contains itself'],
    'brackets without end': ['['.repeat(100_000), 'manifest/depth', 'it is nested deeper than 200 levels'],
    'deep JSON': [
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      'manifest/depth',
      'it is nested deeper than 200 levels',
    ],
    'depth through aliases': [chain, 'manifest/depth', 'it is nested deeper than 200 levels'],
    'a number that JSON does not have': ['a: 1\nb: .inf', 'manifest/syntax', '.inf is no JSON number'],
    'a key that is there twice': ['a: 1\na: 2', 'manifest/syntax', 'the key a is there twice in one map'],
    'a second document without a marker': [
      'a: 1\n...\nb: 2\n',
      'manifest/syntax',
      'kubectl ignores what follows a "..." line without "---"',
    ],
  };
  for (const [name, [text, id, reason]] of Object.entries(refusals)) {
    const parsed = parser.parse(text);
    t.match(parsed, { problem: { id, reason } }, name);
  }
  t.match(parser.parse('a: 1\nb: .inf'), { problem: { offset: 8 } }, 'the number is pointed at');
});

t.test('keys of the prototype are only keys', async (t) => {
  for (const text of ['__proto__: {polluted: true}', '{"__proto__": {"polluted": true}}']) {
    const value = valueOf(text) as Record<string, unknown>;
    t.ok(Object.hasOwn(value, '__proto__'));
    t.equal(value.polluted, undefined);
  }
  t.equal(({} as Record<string, unknown>).polluted, undefined);
});

t.test('a stream is cut at its markers, and nowhere else', async (t) => {
  const text = '# head\n---\na: |\n  ---\n  text\n--- # second\n{b: 1}\n---x: 1\n';
  t.same(
    splitDocuments(text).map((part) => [part.offset, part.text]),
    [
      [0, '# head\n'],
      [7, '---\na: |\n  ---\n  text\n'],
      [29, '--- # second\n{b: 1}\n---x: 1\n'],
    ],
  );
  t.equal(splitDocuments('---\r\na: 1\r\n---\r\nb: 1').length, 2);
});

t.test('the template that Helm rendered is known', async (t) => {
  t.equal(
    renderedFrom('---\n# Source: shop/templates/web.yaml\napiVersion: v1\n'),
    'shop/templates/web.yaml',
  );
  t.equal(
    renderedFrom('# Source: shop/templates/web.yaml \r\napiVersion: v1\r\n'),
    'shop/templates/web.yaml',
  );
  t.equal(renderedFrom('apiVersion: v1\n# Source: elsewhere\n'), undefined);
});

t.test('pointers lead to keys and items, or to the nearest thing that is there', async (t) => {
  const text = [
    '---',
    '# c',
    'kind: "Deployment"   # c',
    'metadata:',
    '  annotations:',
    '  labels: {a: b, "c": [1, 2]}',
    '  text: |',
    '    block',
    'spec:',
    '- name: a',
    '  image: b',
    '- - 1',
    '- *q',
    '0755: x',
  ].join('\n');
  const locate = createLocator(text.replace('*q', '&q zz'));
  const found = (pointer: string) => {
    const span = locate(pointer);
    return span && text.replace('*q', '&q zz').slice(span.start, span.end);
  };
  const places = {
    '': 'kind: "Deployment"',
    '/kind': 'kind: "Deployment"',
    '/metadata': 'metadata',
    '/metadata/annotations': 'annotations',
    '/metadata/annotations/x': 'annotations',
    '/metadata/labels/a': 'a: b',
    '/metadata/labels/c': '"c"',
    '/metadata/labels/c/1': '2',
    '/metadata/text': 'text',
    '/spec/0': 'name: a',
    '/spec/0/image': 'image: b',
    '/spec/1/0': '1',
    '/spec/2': 'zz',
    '/spec/9': 'spec',
    '/493': '0755: x',
    '/nope/deeper': 'kind: "Deployment"',
  };
  for (const [pointer, place] of Object.entries(places)) t.equal(found(pointer), place, pointer);
  t.equal(createLocator('a: [')('/a'), undefined, 'no place in what is no YAML');
});

t.test('offsets become lines and columns, whatever ends the lines', async (t) => {
  const lines = createLineIndex('ab\r\nc\rd\n\ne');
  t.same([0, 1, 4, 6, 8, 9, 99].map(lines.positionAt), [
    { line: 1, column: 1 },
    { line: 1, column: 2 },
    { line: 2, column: 1 },
    { line: 3, column: 1 },
    { line: 4, column: 1 },
    { line: 5, column: 1 },
    { line: 5, column: 91 },
  ]);
  t.same([1, 2, 3, 4, 5, 6].map(lines.line), ['ab', 'c', 'd', '', 'e', undefined]);
});

function valueOf(text: string): unknown {
  const parsed = parser.parse(text);
  return 'value' in parsed ? parsed.value : parsed;
}
