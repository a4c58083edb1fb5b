import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { dump } from 'js-yaml';
import t from 'tap';
import { stringify } from 'yaml';
import { isKubernetesObject } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import { applyEdits } from '../../src/manifests/edit/apply-edits.ts';
import { createTextEditor } from '../../src/manifests/edit/edit-text.ts';
import { defaultLimits } from '../../src/manifests/limits.ts';
import { createDocumentParser } from '../../src/manifests/yaml/parse-document.ts';
import { splitDocuments } from '../../src/manifests/yaml/split-documents.ts';
import { applyTextEdits } from '../../src/manifests/edit/text-edit.ts';
import type { Edit } from '../../src/facts/finding.ts';

const editor = await createTextEditor(defaultLimits);
const parser = createDocumentParser(defaultLimits);

function edited(text: string, ...edits: Edit[]): string {
  const result = editor.editsFor(text, edits);
  return 'refusal' in result ? `refused: ${result.refusal}` : applyTextEdits(text, result.edits);
}

function read(text: string): unknown {
  const parsed = parser.parse(text);
  return 'value' in parsed ? parsed.value : parsed.problem;
}

const inject = { pointer: '/metadata/annotations/linkerd.io~1inject', value: 'enabled' };

t.test('a new entry goes before the first one, and nothing else changes', async (t) => {
  const cases: Record<string, readonly [string, string]> = {
    'a missing parent': [
      'kind: Pod\nmetadata:\n  name: web # the name\n',
      'kind: Pod\nmetadata:\n  annotations:\n    linkerd.io/inject: enabled\n  name: web # the name\n',
    ],
    'a parent that is there': [
      'metadata:\n  annotations:\n    a: b\n',
      'metadata:\n  annotations:\n    linkerd.io/inject: enabled\n    a: b\n',
    ],
    'a parent without a value': [
      'metadata:\n  annotations: # none yet\n  name: web\n',
      'metadata:\n  annotations: # none yet\n    linkerd.io/inject: enabled\n  name: web\n',
    ],
    'a parent that is null': [
      'metadata:\n  annotations: null # none\n',
      'metadata:\n  annotations:\n    linkerd.io/inject: enabled # none\n',
    ],
    'an empty flow map': [
      'metadata:\n  annotations: {} # c\n',
      'metadata:\n  annotations: {linkerd.io/inject: enabled} # c\n',
    ],
    'a flow map': [
      'metadata: {name: web, labels: {app: web}}\n',
      'metadata: {annotations: {linkerd.io/inject: enabled}, name: web, labels: {app: web}}\n',
    ],
    'a comment above the first entry stays there': [
      'metadata:\n  # what it is called\n  name: web\n',
      'metadata:\n  annotations:\n    linkerd.io/inject: enabled\n  # what it is called\n  name: web\n',
    ],
    'the indentation of the file': [
      'metadata:\n    name: web\n',
      'metadata:\n    annotations:\n        linkerd.io/inject: enabled\n    name: web\n',
    ],
    'line breaks of the file': [
      'metadata:\r\n  name: web\r\n',
      'metadata:\r\n  annotations:\r\n    linkerd.io/inject: enabled\r\n  name: web\r\n',
    ],
    'a document marker and a comment at the top': [
      '---\n# Source: chart/x.yaml\nmetadata:\n  name: web',
      '---\n# Source: chart/x.yaml\nmetadata:\n  annotations:\n    linkerd.io/inject: enabled\n  name: web',
    ],
    'JSON on one line': [
      '{"metadata": {"name": "web"}}\n',
      '{"metadata": {"annotations": {"linkerd.io/inject": "enabled"}, "name": "web"}}\n',
    ],
    'JSON on several lines': [
      '{\n\t"metadata": {\n\t\t"name": "web"\n\t}\n}\n',
      '{\n\t"metadata": {\n\t\t"annotations": {\n\t\t\t"linkerd.io/inject": "enabled"\n\t\t},\n\t\t"name": "web"\n\t}\n}\n',
    ],
  };
  for (const [name, [before, after]] of Object.entries(cases)) t.equal(edited(before, inject), after, name);
});

t.test('a map in a list begins on the line of its dash', async (t) => {
  const text = 'spec:\n  containers:\n  - name: web\n    image: x\n  - image: y\n';
  t.equal(
    edited(text, { pointer: '/spec/containers/0/env', value: [{ name: 'A', value: '1' }] }),
    'spec:\n  containers:\n  - env:\n      - name: A\n        value: "1"\n    name: web\n    image: x\n  - image: y\n',
  );
  t.equal(
    edited(text, { pointer: '/spec/containers/2', value: { name: 'z' } }),
    'spec:\n  containers:\n  - name: web\n    image: x\n  - image: y\n  - name: z\n',
  );
  t.equal(
    edited(text, { pointer: '/spec/containers/0/name', remove: true }),
    'spec:\n  containers:\n  - image: x\n  - image: y\n',
  );
  t.equal(
    edited(text, { pointer: '/spec/containers/0', remove: true }),
    'spec:\n  containers:\n  - image: y\n',
  );
});

t.test(
  'a value is replaced in its own quotes, and text that is no text without them gets some',
  async (t) => {
    const text = 'a: "x" # c\nb: \'y\'\nc: z\nd: |\n  block\ne: 1\n';
    t.equal(
      edited(text, { pointer: '/a', value: 'new' }),
      'a: "new" # c\nb: \'y\'\nc: z\nd: |\n  block\ne: 1\n',
    );
    t.equal(
      edited(text, { pointer: '/b', value: "it's" }),
      "a: \"x\" # c\nb: 'it''s'\nc: z\nd: |\n  block\ne: 1\n",
    );
    t.equal(
      edited(text, { pointer: '/c', value: 'true' }),
      'a: "x" # c\nb: \'y\'\nc: "true"\nd: |\n  block\ne: 1\n',
    );
    t.equal(edited(text, { pointer: '/d', value: 'flat' }), 'a: "x" # c\nb: \'y\'\nc: z\nd: flat\ne: 1\n');
    t.equal(edited(text, { pointer: '/e', remove: true }), 'a: "x" # c\nb: \'y\'\nc: z\nd: |\n  block\n');
    t.equal(
      edited('a: x\n', { pointer: '/a', value: 'w' }, { pointer: '/b', value: 'on' }),
      'b: "on"\na: w\n',
    );
  },
);

t.test('the last entry of a map leaves an empty one behind', async (t) => {
  t.equal(edited('a:\n  b: 1 # c\nd: 2\n', { pointer: '/a/b', remove: true }), 'a: {} # c\nd: 2\n');
  t.equal(edited('a: {b: 1}\n', { pointer: '/a/b', remove: true }), 'a: {}\n');
  t.equal(edited('a: {b: 1, c: 2, d: 3}\n', { pointer: '/a/d', remove: true }), 'a: {b: 1, c: 2}\n');
});

t.test('lists that end on one line grow in their order', async (t) => {
  t.equal(
    edited('a:\n- - x\n', { pointer: '/a/1', value: 'outer' }, { pointer: '/a/0/1', value: 'inner' }),
    'a:\n- - x\n  - inner\n- outer\n',
  );
  t.equal(
    edited(
      'a:\r\n- - x\r\n  - y\r\n',
      { pointer: '/a/0/1', remove: true },
      { pointer: '/a/1', value: 'outer' },
    ),
    'a:\r\n- - x\r\n- outer\r\n',
  );
});

t.test('what is already as wanted gives no edit', async (t) => {
  t.same(editor.editsFor('metadata: {annotations: {linkerd.io/inject: enabled}}', [inject]), { edits: [] });
});

t.test('texts that cannot be edited safely are refused', async (t) => {
  const shared = 'base: &labels\n  app: web\nmetadata:\n  labels: *labels\n';
  const label = { pointer: '/metadata/labels/team', value: 'shop' };
  t.equal(edited(shared, label), 'refused: it is an alias: what it stands for is used elsewhere as well');
  t.equal(
    edited(shared, { pointer: '/base/team', value: 'shop' }),
    'refused: its layout is one that cannot be edited safely',
    'the anchor would change at the alias too',
  );
  t.match(edited('a: [', inject), /^refused: it is no YAML: /);
  t.match(edited('metadata:\r  name: web\r', inject), /^refused: /, 'lines that end with a lone CR');
  t.equal(
    edited('? a\n: b\n', { pointer: '/a', value: 'c' }),
    'refused: its key is written in a way that is not edited',
  );
});

const key = fc.oneof(
  fc.constantFrom(
    'name',
    'labels',
    'annotations',
    'app',
    'linkerd.io/inject',
    'yes',
    '0755',
    'a b',
    '#',
    '-',
    'on: off',
  ),
  fc.string({ minLength: 1, maxLength: 4 }),
);
const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    'true',
    'no',
    '1',
    '0o7',
    '1e3',
    '~',
    '',
    ' x',
    'x ',
    'a: b',
    'a #b',
    '- a',
    'two\nlines\n',
    '2001-12-14',
    '*a',
    '{x}',
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const documentValue = fc.dictionary(key, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });

const layouts: readonly ((value: unknown) => string)[] = [
  (value) => dump(value),
  (value) => dump(value, { seqNoIndent: true, indent: 4 }),
  (value) => dump(value, { flowLevel: 2 }),
  (value) => dump(value, { flowLevel: 0, quoteStyle: 'double' }),
  (value) => stringify(value, { version: '1.1', lineWidth: 0 }),
  (value) =>
    stringify(value, { version: '1.1', indentSeq: false, indent: 3, defaultStringType: 'QUOTE_SINGLE' }),
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, undefined, 2),
  (value) => JSON.stringify(value, undefined, '\t'),
  (value) => `---\n# head\n${stringify(value, { version: '1.1' }).replaceAll('\n', '\r\n')}`,
];

/** The pointers of a value, and of some places that are not there. */
function pointersOf(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at, `${at}/new`];
  const children = Object.entries(value).flatMap(([name, child]) =>
    pointersOf(child, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  const absent = Array.isArray(value) ? [`${at}/${value.length}`] : [`${at}/new`, `${at}/new/deep/er`];
  return [at, ...children, ...absent];
}

const scene = documentValue.chain((document) =>
  fc.record({
    document: fc.constant(document),
    layout: fc.constantFrom(...layouts),
    edits: fc.array(
      fc.record({
        pointer: fc.constantFrom(...pointersOf(document).filter((pointer) => pointer !== '')),
        value: fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

t.test('the edited text reads as the edited value, whatever the layout', async (t) => {
  fc.assert(
    fc.property(scene, ({ document, layout, edits }) => {
      const text = layout(document);
      const changes = edits.map(
        ({ pointer, value }): Edit => (value === undefined ? { pointer, remove: true } : { pointer, value }),
      );
      const wanted = applyEdits(document, changes);
      fc.pre(isDeepStrictEqual(read(text), document));
      fc.pre(Object.keys(document).some((name) => Object.hasOwn(wanted as object, name)));
      const result = editor.editsFor(text, changes);
      return 'edits' in result && isDeepStrictEqual(read(applyTextEdits(text, result.edits)), wanted);
    }),
    { numRuns: 250 },
  );
  t.pass('250 documents');
});

t.test('an entry added to a map leaves every line of a commented file as it was', async (t) => {
  const word = fc.stringMatching(/^[a-z]{1,5}$/);
  const { map } = fc.letrec<{ map: unknown }>((tie) => ({
    map: fc.dictionary(word, fc.oneof({ depthSize: 'small' }, word, tie('map')), {
      minKeys: 1,
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }));
  fc.assert(
    fc.property(map, fc.nat(), fc.infiniteStream(fc.nat(3)), (document, choice, comments) => {
      const lines = dump(document)
        .split('\n')
        .flatMap((line) => {
          const style = comments.next().value;
          return style === 0
            ? [`${line} # behind`]
            : style === 1
              ? [`${/^ */.exec(line)?.[0]}# above`, line]
              : [line];
        });
      const text = lines.join('\n');
      fc.pre(isDeepStrictEqual(read(text), document));
      const places = pointersOf(document).filter((pointer) => pointer.endsWith('/new/deep/er'));
      const pointer = places[choice % places.length] ?? '';
      const result = editor.editsFor(text, [{ pointer, value: 'x' }]);
      if ('refusal' in result) return false;
      const after = applyTextEdits(text, result.edits).split('\n');
      let position = 0;
      for (const line of after) if (line === lines[position]) position++;
      return position === lines.length && after.length === lines.length + 3;
    }),
    { numRuns: 120 },
  );
  t.pass('120 documents');
});

const corpus = resolve(import.meta.dirname, '../../../shared/corpus');
const noCorpus = existsSync(corpus) ? false : 'there is no folder shared/corpus beside the checkout';

t.test(
  'every workload of the corpus can be given an annotation, and a second time needs nothing',
  { skip: noCorpus },
  async (t) => {
    const paths = readdirSync(corpus, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /\.ya?ml$/.test(path),
    );
    let templates = 0;
    for (const path of paths) {
      for (const { text } of splitDocuments(readFileSync(join(corpus, path), 'utf8'))) {
        const value = read(text);
        const template = isKubernetesObject(value) ? podTemplateOf(value) : undefined;
        if (!template) continue;
        templates++;
        const edit = {
          pointer: `${template.pointer}/metadata/annotations/tollgate.dev~1test`,
          value: 'true',
        };
        const result = editor.editsFor(text, [edit]);
        if ('refusal' in result) t.fail(`${path}: ${result.refusal}`);
        else {
          const after = applyTextEdits(text, result.edits);
          const again = editor.editsFor(after, [edit]);
          if (!('edits' in again) || again.edits.length > 0) t.fail(`${path}: a second edit`);
          if (!isDeepStrictEqual(read(after), applyEdits(value, [edit]))) t.fail(`${path}: another value`);
        }
      }
    }
    t.ok(templates > 500, `${templates} templates edited`);
  },
);
