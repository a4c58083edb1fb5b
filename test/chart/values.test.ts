import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import t from 'tap';
import { parse } from 'yaml';
import { readValues, type Schema, tableOf, withDescriptions, withTable } from '../../.ci/chart-values.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, 'charts/tollgate', file), 'utf8');
const schema = JSON.parse(read('values.schema.json')) as Schema;
const values = readValues(read('values.yaml'), schema);

t.test('every value has a comment and is in the schema', async (t) => {
  t.ok(values.length > 60);
  t.throws(() => readValues('replicas: 2\nnope: 1\n', schema), {
    message: 'replicas has no comment in values.yaml\nnope is not in values.schema.json',
  });
});

t.test('the README’s table and the schema’s descriptions say what the comments say', async (t) => {
  const remedy = 'run `node .ci/chart.ts`';
  t.equal(read('README.md'), withTable(read('README.md'), tableOf(values)), remedy);
  t.same(schema, withDescriptions(schema, values), remedy);
});

t.test('the schema knows no value that values.yaml does not have', async (t) => {
  const defaults = parse(read('values.yaml')) as unknown;
  const unused: string[] = [];
  const visit = (node: Schema, value: unknown, path: readonly string[]) => {
    for (const [name, own] of Object.entries(node.properties ?? {})) {
      const below = (value as Record<string, unknown> | undefined)?.[name];
      const isOpen = typeof below === 'object' && below !== null && Object.keys(below).length === 0;
      if (below === undefined) unused.push([...path, name].join('.'));
      else if (!isOpen && !Array.isArray(below)) visit(own, below, [...path, name]);
    }
  };
  visit(schema, defaults, []);
  t.same(unused, []);
});

t.test('unknown keys are refused wherever the schema lists keys', async (t) => {
  const open: string[] = [];
  const visit = (node: Schema, path: string) => {
    if (node.properties && node['additionalProperties'] !== false) open.push(path);
    for (const [name, own] of Object.entries(node.properties ?? {})) visit(own, `${path}.${name}`);
    if (typeof node['items'] === 'object') visit(node['items'] as Schema, `${path}[]`);
  };
  visit(schema, 'values');
  // Documents of Kubernetes and of conventions are checked where they are read.
  t.same(open, []);
});

t.test('conventions in values are held to what the server loads, before anything rolls', async (t) => {
  const check = new Ajv({ strict: false, formats: { date: true } }).compile(schema);
  const conventions = (policies: unknown, waivers: unknown = []) => ({
    conventions: { source: 'values', policies, waivers },
  });
  const policy = {
    metadata: { name: 'baseline', creationTimestamp: null },
    spec: { mesh: { inject: 'enabled' } },
  };
  const waiver = {
    metadata: { name: 'legacy' },
    spec: {
      rules: ['mesh/*'],
      match: { namespaces: ['shop'] },
      owner: 'a',
      reason: 'b',
      until: '2027-03-31',
    },
  };
  const whole = { apiVersion: 'tollgate.dev/v1alpha1', kind: 'ConventionPolicy', ...policy };
  for (const good of [conventions([policy], [waiver]), conventions([whole]), conventions([])])
    t.ok(check(good), JSON.stringify(check.errors));
  for (const bad of [
    conventions([{ ...policy, spec: { mesh: { inject: 'on' } } }]),
    conventions([{ ...policy, spec: { meshes: {} } }]),
    conventions([{ ...policy, spec: {} }]),
    conventions([{ ...policy, metadata: { name: 'Base line' } }]),
    conventions([{ ...policy, metadata: {} }]),
    conventions([{ ...policy, apiVersion: 'tollgate.dev/v1' }]),
    conventions([{ ...policy, spec: { rules: { 'mesh/opt-out': 'refuse' }, mesh: {} } }]),
    conventions([policy], [{ ...waiver, spec: { ...waiver.spec, until: 'some day' } }]),
    conventions([policy], [{ ...waiver, spec: { ...waiver.spec, owner: undefined } }]),
  ])
    t.notOk(check(JSON.parse(JSON.stringify(bad))), JSON.stringify(bad));
});

t.test('chart, package and README name the same versions', async (t) => {
  const chart = parse(read('Chart.yaml')) as { version: string; appVersion: string; kubeVersion: string };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  t.equal(chart.version, version);
  t.equal(chart.appVersion, version);
  t.equal(chart.kubeVersion, '>=1.30.0-0');
  t.match(read('README.md'), 'Kubernetes 1.30 or newer');
});

t.test('the range of Kubernetes is the one that the suites run on', async (t) => {
  const minorOf = (module: string) =>
    /^\s*k8s\.io\/kubernetes v(\d+\.\d+)\./m.exec(
      readFileSync(join(import.meta.dirname, '../cluster', module, 'go.mod'), 'utf8'),
    )?.[1];
  const chart = parse(read('Chart.yaml')) as { readonly kubeVersion: string };
  t.equal(chart.kubeVersion, `>=${minorOf('tools/oldest')}.0-0`);
  t.match(read('README.md'), `on Kubernetes ${minorOf('tools/oldest')} and ${minorOf('tools')}`);
});

t.test('the README has a sentence for each stage', async (t) => {
  for (const stage of (schema.properties?.['stage']?.['enum'] ?? []) as string[]) {
    t.match(read('README.md'), new RegExp(`^\\| \`${stage}\` \\| .+\\. \\|$`, 'm'));
  }
});
