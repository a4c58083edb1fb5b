import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import t, { type Test } from 'tap';
import { defaultLimits } from '../../src/manifests/limits.ts';
import { createDocumentParser } from '../../src/manifests/yaml/parse-document.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';
import { splitDocuments } from '../../src/manifests/yaml/split-documents.ts';
import { createPlaceFinder } from '../../src/manifests/place-finder.ts';
import { type LoadedManifests, loadManifests, type LoadOptions } from '../../src/manifests/load-manifests.ts';
import type { NotJudged } from '../../src/manifests/manifest-problem.ts';

type Files = Readonly<Record<string, string | Buffer>>;

function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

async function load(
  t: Test,
  files: Files,
  paths: readonly string[] = ['.'],
  options: Partial<LoadOptions> = {},
): Promise<LoadedManifests> {
  const folder = t.testdir({});
  write(folder, files);
  return loadManifests(paths, { ...defaults, folder, ...options });
}

const defaults = {
  exclude: [],
  useGitIgnore: true,
  namespace: 'default',
  stdin: async () => Buffer.from(''),
};

const pod = (name: string, rest = '') => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n${rest}`;
const names = (set: LoadedManifests) =>
  set.objects.map(
    ({ document, reference }) => `${document.file.name} ${reference.namespace ?? '-'}/${reference.name}`,
  );
const lines = (problems: readonly NotJudged[]) =>
  problems.map(({ id, file, line, column, reason }) => `${file}:${line}:${column} ${id} ${reason}`);

t.test('a folder is searched, and what Git ignores is left out', async (t) => {
  const files = {
    '.git/config.yaml': pod('git'),
    '.gitignore': 'rendered/\n*.tmp.yaml\n',
    'a.yaml': pod('a'),
    'b.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' } }),
    'c.yml': pod('c'),
    'd.tmp.yaml': pod('d'),
    'deep/er/e.yaml': pod('e'),
    'deep/.gitignore': '!kept.tmp.yaml\nf.yaml\n',
    'deep/f.yaml': pod('f'),
    'deep/kept.tmp.yaml': pod('kept'),
    'node_modules/x/g.yaml': pod('g'),
    'notes.txt': pod('h'),
    'rendered/i.yaml': pod('i'),
  };
  t.same(names(await load(t, files)), [
    'a.yaml default/a',
    'b.json default/b',
    'c.yml default/c',
    'deep/er/e.yaml default/e',
    'deep/kept.tmp.yaml default/kept',
  ]);
  t.same(
    names(await load(t, files, ['rendered', 'notes.txt', 'd.tmp.yaml'])),
    ['rendered/i.yaml default/i', 'notes.txt default/h', 'd.tmp.yaml default/d'],
    'what is asked for by name is read',
  );
  t.same(names(await load(t, files, ['**/e.yaml', 'deep/*.yaml'])), [
    'deep/er/e.yaml default/e',
    'deep/f.yaml default/f',
    'deep/kept.tmp.yaml default/kept',
  ]);
  t.same(names(await load(t, files, ['.'], { exclude: ['deep/', '*.json'] })), [
    'a.yaml default/a',
    'c.yml default/c',
  ]);
  t.same(names(await load(t, files, ['rendered', '.'], { useGitIgnore: false })).length, 8);
  t.same((await load(t, files, ['nowhere', 'no/*.yaml', 'a.yaml'])).missing, ['nowhere', 'no/*.yaml']);
});

t.test('symbolic links are followed, but not in circles', async (t) => {
  const folder = t.testdir({});
  write(folder, { 'real/a.yaml': pod('a') });
  symlinkSync('..', join(folder, 'real/loop'));
  symlinkSync('real/a.yaml', join(folder, 'link.yaml'));
  symlinkSync('gone', join(folder, 'dangling.yaml'));
  const set = await loadManifests(['.'], {
    folder,
    exclude: [],
    useGitIgnore: true,
    namespace: 'default',
    stdin: async () => Buffer.from(''),
  });
  t.same(names(set), ['link.yaml default/a', 'real/a.yaml default/a']);
  t.same(set.notJudged, []);
});

t.test('what cannot be read is named with a reason', async (t) => {
  const set = await load(
    t,
    {
      'binary.yaml': Buffer.from([0x61, 0x00, 0x62]),
      'broken.yaml': `${pod('ok')}---\napiVersion: v1\nkind: [\n---\n${pod('also')}`,
      'helm.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n',
      'large.yaml': 'x'.repeat(3000),
      'latin.yaml': Buffer.from([0x61, 0xe9, 0x62]),
      'quoted.yaml': pod('q', '  labels: {on: "x"}\nspec:\n  image: "{{ .Values.image }}"\n'),
      'utf16.yaml': Buffer.from([0xff, 0xfe, 0x61, 0x00]),
      'ytt.yaml': `#@ load("@ytt:data", "data")\n${pod('ytt')}`,
    },
    ['.'],
    { limits: { fileSize: 2000, depth: 50, values: 1000 } },
  );
  t.same(names(set), ['broken.yaml default/ok', 'broken.yaml default/also']);
  t.same(lines(set.notJudged), [
    'binary.yaml:1:1 manifest/binary it is a binary file',
    'broken.yaml:8:1 manifest/syntax it is no YAML: unexpected end of the stream within a flow collection',
    'helm.yaml:4:9 manifest/template it is a template that has not been rendered',
    'large.yaml:1:1 manifest/too-large it has 2.9 KiB, more than the limit of 2.0 KiB',
    'latin.yaml:1:1 manifest/encoding it is not UTF-8',
    'quoted.yaml:7:11 manifest/template it is a template that has not been rendered',
    'utf16.yaml:1:1 manifest/encoding it is UTF-16',
    'ytt.yaml:1:1 manifest/template it is a template that has not been rendered',
  ]);
});

t.test('a chart is named once, and its templates are passed over', async (t) => {
  const set = await load(t, {
    'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'charts/shop/templates/a.yaml': '{{ if x }}\napiVersion: v1\n{{ end }}',
    'charts/shop/charts/sub/templates/b.yaml': '{{ if x }}\napiVersion: v1\n{{ end }}',
    'charts/shop/crds/c.yaml': pod('c'),
    'charts/shop/values.yaml': 'image: x\n',
  });
  t.same(names(set), ['charts/shop/crds/c.yaml default/c']);
  t.same(lines(set.notJudged), [
    'charts/shop/Chart.yaml:1:1 manifest/chart charts/shop is a Helm chart, whose templates have to be rendered',
  ]);
  t.equal(set.notJudged[0]?.remedy, 'judge what it makes: tollgate check --helm charts/shop --values FILE');
  t.same(
    set.foreign.map(({ file }) => file),
    ['charts/shop/Chart.yaml', 'charts/shop/values.yaml'],
  );
});

t.test('what a kustomization does is not guessed at', async (t) => {
  const set = await load(t, {
    'base/kustomization.yaml':
      'resources: [web.yaml]\npatches:\n- path: patch.yaml\n- patch: |-\n    - op: add\n',
    'base/patch.yaml': pod('web', 'spec: {}\n'),
    'base/web.yaml': pod('web'),
  });
  t.same(names(set), ['base/web.yaml default/web']);
  t.same(lines(set.notJudged), [
    'base/kustomization.yaml:1:1 manifest/kustomization it is a kustomization, which may change every object it names',
    'base/patch.yaml:1:1 manifest/patch it is a patch that a kustomization applies, not a whole object',
  ]);
});

t.test('what may hide a policy is a gap in the picture, and what cannot is none', async (t) => {
  const set = await load(t, {
    'broken-pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: [\n',
    'broken-policy.yaml': 'apiVersion: projectcalico.org/v3\nkind: "GlobalNetworkPolicy"\nmetadata: [\n',
    'broken-anything.yaml': 'apiVersion: [\n',
    'kinds.yaml': 'apiVersion: v1\nkind: {{ .Values.kind }}\n',
    'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'shop/templates/a.yaml': '',
    'review.json': '{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}',
    'values.yaml': 'a: [\n',
  });
  t.same(set.gaps.map(({ what }) => what).sort(), [
    'broken-anything.yaml',
    'broken-policy.yaml',
    'kinds.yaml',
    'shop/Chart.yaml',
  ]);
});

t.test('files that are no manifests do not count in folders, and do when asked for', async (t) => {
  const files = {
    'values.yaml': 'image: x\n',
    'package.json': '{"name": "x"}',
    'list.yaml': '- 1\n',
    'kubeconfig.yaml': 'apiVersion: v1\nkind: Config\nclusters: []\n',
    'broken-values.yaml': 'a: [\n',
    'empty.yaml': '# nothing\n',
  };
  const found = await load(t, files);
  t.same(found.notJudged, []);
  t.equal(found.foreign.length, 6);
  t.same(lines((await load(t, files, Object.keys(files))).notJudged), [
    'broken-values.yaml:2:1 manifest/syntax it is no YAML: unexpected end of the stream within a flow collection',
    'kubeconfig.yaml:1:1 manifest/no-object it is the Config of a tool, not an object of a cluster',
    'list.yaml:1:1 manifest/no-object it is a list, not an object with apiVersion and kind',
    'package.json:1:1 manifest/no-object it has neither apiVersion nor kind',
    'values.yaml:1:1 manifest/no-object it has neither apiVersion nor kind',
  ]);
});

t.test('a number among the annotations of a workload does not hide the rest of it', async (t) => {
  const deployment = (metadata: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    metadata: ${metadata}\n    spec: {containers: []}\n`;
  const judged = async (text: string) =>
    (await load(t, { 'd.yaml': text })).objects.map(({ object }) => object);
  const [meant] = await judged(deployment('{annotations: {a: 443, b: true, c: x}}'));
  t.match(meant, { spec: { template: { metadata: { annotations: { a: '443', b: 'true', c: 'x' } } } } });
  t.same(
    await judged(deployment('{annotations: {a: 443}, labels: {v: 1.10}}')),
    [],
    'a label may be meant otherwise',
  );
  t.same(await judged(deployment('{annotations: {a: [443]}}')), [], 'more than quotes is missing');
  t.same(
    await judged(
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, annotations: {a: 1}}\nspec: {podSelector: {}}\n',
    ),
    [],
    'a policy that is refused covers nobody',
  );
  const { notJudged } = await load(t, { 'd.yaml': deployment('{annotations: {a: 443}}') });
  t.match(
    notJudged,
    [{ id: 'manifest/metadata', remedy: 'put it in quotes: "443"' }],
    'and it is refused all the same',
  );
});

t.test('documents that the API server would refuse are pointed at', async (t) => {
  const set = await load(t, {
    'all.yaml': [
      'kind: Pod\nmetadata: {name: a}\n',
      'apiVersion: v1\nkind: Pod\n',
      'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n',
      pod('123'),
      pod('a', '  annotations:\n    linkerd.io/inject: true\n'),
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    metadata:\n      labels: {v: 1.10}\n    spec: {containers: []}\n',
      pod('fine', '  labels: {a: null}\n'),
    ].join('---\n'),
  });
  t.same(names(set), ['all.yaml default/fine']);
  t.same(lines(set.notJudged), [
    'all.yaml:1:1 manifest/no-object apiVersion is missing, expected a string',
    'all.yaml:4:1 manifest/no-object metadata is missing, expected a map with a name',
    'all.yaml:9:1 manifest/metadata metadata.name is missing',
    'all.yaml:14:3 manifest/metadata metadata.name is the number 123, which the API server refuses',
    'all.yaml:21:5 manifest/metadata metadata.annotations["linkerd.io/inject"] is the boolean true, which the API server refuses',
    'all.yaml:29:16 manifest/metadata spec.template.metadata.labels["v"] is the number 1.1, which the API server refuses',
  ]);
  t.equal(set.notJudged[4]?.remedy, 'put it in quotes: "true"');
});

t.test('a policy of a version that no API server serves is no policy', async (t) => {
  const policies = [
    'projectcalico.org/v1',
    'projectcalico.org/v2',
    'crd.projectcalico.org/v3',
    'networking.k8s.io/v1beta1',
  ];
  for (const apiVersion of policies) {
    const text = `apiVersion: ${apiVersion}\nkind: NetworkPolicy\nmetadata: { name: deny, namespace: shop }\n`;
    const set = await load(t, { 'a.yaml': text });
    t.same(names(set), [], apiVersion);
    t.same(
      set.notJudged.map(({ id, reason }) => `${id}: ${reason}`),
      [`manifest/version: no API server serves NetworkPolicy in ${apiVersion}`],
    );
  }
});

t.test('lists are taken apart, typed ones too, and places lie inside them', async (t) => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }, { kind: 'Pod' }],
  };
  const typed =
    'apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata:\n    name: web\n    namespace: shop\n';
  const set = await load(t, { 'list.json': JSON.stringify(list, undefined, 2), 'typed.yaml': typed });
  t.same(
    set.objects.map(({ reference, pointer }) => [reference, pointer]),
    [
      [{ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'a' }, '/items/0'],
      [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }, '/items/0'],
    ],
  );
  t.same(lines(set.notJudged), [
    'list.json:12:5 manifest/no-object apiVersion is missing, expected a string',
  ]);
  const places = createPlaceFinder();
  t.same(
    set.objects.map((object) => places.placeOf(object, '')),
    [
      { line: 9, column: 9, endLine: 9, endColumn: 20 },
      { line: 5, column: 5, endLine: 5, endColumn: 14 },
    ],
  );
});

t.test('an AdmissionReview is called one', async (t) => {
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { operation: 'CREATE', kind: { kind: 'Deployment' }, namespace: 'shop', name: 'web' },
  };
  const set = await load(t, { 'review.json': JSON.stringify(review) });
  t.same(lines(set.notJudged), [
    'review.json:1:1 manifest/review it is an AdmissionReview (CREATE of Deployment shop/web), not a manifest',
  ]);
});

t.test('the same object twice is judged once where its contents differ', async (t) => {
  const set = await load(t, {
    'a.yaml': pod('web'),
    'b.yaml': pod('web'),
    'c.yaml': pod('web', 'spec: {}\n'),
    'd.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\n---\napiVersion: v1\nkind: Pod\nmetadata: {generateName: job-, labels: {a: b}}\n',
  });
  t.same(names(set), [
    'a.yaml default/web',
    'b.yaml default/web',
    'd.yaml default/job-*',
    'd.yaml default/job-*',
  ]);
  t.same(lines(set.notJudged), [
    'c.yaml:4:3 manifest/duplicate Pod default/web is also in a.yaml:4, with other content',
  ]);
});

t.test('only namespaced kinds get the assumed namespace', async (t) => {
  const object = (kind: string, apiVersion = 'v1') =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n`;
  const crd =
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {group: a.b, scope: Cluster, names: {kind: Wide}}\n';
  const documents = [
    object('Namespace'),
    object('GlobalNetworkPolicy', 'projectcalico.org/v3'),
    object('Secret'),
    crd,
    object('Wide', 'a.b/v1'),
  ];
  const set = await load(t, { 'all.yaml': documents.join('---\n') }, ['.'], { namespace: 'shop' });
  t.same(
    set.objects.map(({ reference }) => reference.namespace),
    [undefined, undefined, 'shop', undefined, undefined],
  );
  t.same(set.assumedNamespace, { name: 'shop', objects: 1 });
});

t.test('standard input is one more file, and says what it was rendered from', async (t) => {
  const text = `---\n# Source: shop/templates/web.yaml\n${pod('web')}---\n# Source: shop/templates/x.yaml\nkind: Pod\n`;
  const set = await load(t, {}, ['-'], { stdin: async () => Buffer.from(text) });
  t.same(names(set), ['<stdin> default/web']);
  t.equal(set.objects[0]?.document.source, 'shop/templates/web.yaml');
  t.same(
    set.notJudged.map(({ file, source }) => [file, source]),
    [['<stdin>', 'shop/templates/x.yaml']],
  );
});

t.test('a file nobody may read is not passed over', async (t) => {
  const folder = t.testdir({ 'a.yaml': pod('a') });
  chmodSync(join(folder, 'a.yaml'), 0);
  // Root may read everything, so it becomes somebody else for a moment.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  const set = await loadManifests(['a.yaml'], { ...defaults, folder }).finally(
    () => isRoot && process.seteuid?.(0),
  );
  t.match(lines(set.notJudged)[0], /manifest\/unreadable it cannot be read: EACCES$/);
});

t.test('whatever a file holds, it is judged or named, and never an exception', async (t) => {
  const token = fc.constantFrom(
    'apiVersion: v1\n',
    'kind: Pod\n',
    'kind: List\nitems:\n- ',
    'metadata:\n  ',
    'name: x\n',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '&a ',
    '*a',
    '<<: *a\n',
    '---\n',
    '...\n',
    '%YAML 1.2\n',
    '"',
    "'",
    '|\n',
    '{{ x }}',
    '#',
    '!!binary ',
    '? ',
    '\n',
    '\r',
    '\t',
    '  ',
    '\u0000',
    '\uFEFF',
    '.inf',
    '~',
    'apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest: ',
    'spec: {template: {spec: {containers: []}}}\n',
    '__proto__: ',
    'annotations: {a: 1}\n',
  );
  const parser = createDocumentParser(defaultLimits);
  fc.assert(
    fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
      const file = { name: 'x.yaml', text: tokens.join('') };
      const { objects, notJudged } = readManifests([{ file, named: true }], { namespace: 'default' });
      const holdsSomething = splitDocuments(file.text).some(({ text }) => {
        const parsed = parser.parse(text);
        return 'problem' in parsed || (parsed.value !== null && !isEmptyList(parsed.value));
      });
      return objects.length + notJudged.length > 0 === holdsSomething;
    }),
    { numRuns: 3000 },
  );
  t.pass('3000 files');
});

function isEmptyList(value: unknown): boolean {
  const { apiVersion, kind, items } = value as Readonly<Record<string, unknown>>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    kind.endsWith('List') &&
    Array.isArray(items) &&
    items.every((item) => item === null || isEmptyList(item))
  );
}
