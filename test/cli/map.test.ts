import { createHash } from 'node:crypto';
import t from 'tap';
import type { MapDocument } from '../../src/report/map/map-document.ts';
import { commandLine } from './command-line.ts';

const read = (text: string): MapDocument => JSON.parse(text);

const deployment = (namespace: string, name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: main, ports: [{ containerPort: 8080 }] }] }
`;
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
const policy = (where: string, name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: ${where} }\nspec: ${spec}\n`;
const documents = (...texts: readonly string[]) => texts.join('---\n');
const conventions = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: plain }
spec: { defaultDeny: {}, mesh: { inject: "off" } }
---
apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: later }
spec: { owner: team, reason: "</script><script>alert(1)</script>", until: "2026-12-11", rules: [gate/host-network], match: { namespaces: [shop] } }
`;
const app = documents(
  namespace('shop'),
  namespace('data'),
  namespace('open'),
  namespace('far'),
  deployment('shop', 'web'),
  deployment('data', 'db'),
  deployment('open', 'tool'),
  deployment('far', 'hub'),
  policy('shop', 'deny', '{ order: 9, types: [Ingress, Egress] }'),
  policy('data', 'deny', '{ order: 9, types: [Ingress, Egress] }'),
  policy(
    'shop',
    'out',
    '{ order: 1, selector: app == "web", types: [Egress], egress: [{ action: Allow, protocol: TCP, destination: { namespaceSelector: kubernetes.io/metadata.name == "data", ports: [8080] } }] }',
  ),
  policy(
    'data',
    'in',
    '{ order: 1, selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { namespaceSelector: kubernetes.io/metadata.name == "shop" }, destination: { ports: [8080] } }] }',
  ),
);
const files = { 'plain.yaml': conventions, 'app/all.yaml': app };
const asked = ['map', 'app', '--conventions', 'plain.yaml', '--now', '2026-12-01T00:00:00Z'];

t.test('islands, gates, cars and bridges are those of the files', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { exitCode, stderr, stdout } = await tollgate([...asked, '-o', 'json']);
  t.equal(exitCode, 0, stderr);
  const { bridges, islands, leftOut, sentences, waivers } = read(stdout);
  t.same(
    islands.map(({ cars, gates, name }) => [
      name,
      gates.map(({ verdict }) => verdict).join(' '),
      cars.map(({ workload }) => workload.name).join(' '),
    ]),
    [
      ['data', 'deny deny deny deny', 'db'],
      ['far', 'allow allow allow allow', 'hub'],
      ['open', 'allow allow allow allow', 'tool'],
      ['shop', 'deny deny deny deny', 'web'],
    ],
  );
  t.same(islands[0]?.gates[0]?.by, { kind: 'NetworkPolicy', name: 'data/deny', tier: 'default' });
  t.same(
    bridges
      .map(({ built, from = '~', label, to = '~' }) => `${from} > ${to} ${built ? label : 'loose'}`)
      .sort(),
    [
      'far > open loose',
      'far > ~ loose',
      'open > far loose',
      'open > ~ loose',
      'shop > data TCP 8080',
      '~ > far loose',
      '~ > open loose',
    ],
  );
  t.same(
    sentences.map(({ number }) => number),
    ['2 / 4', '0 / 4', '1 + 6', '1'],
  );
  t.equal(waivers[0]?.daysLeft, 10);
  t.equal(leftOut, 0);
});

t.test('a bridge that a gate denies is not drawn', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'app/all.yaml': app.replace(
      'kubernetes.io/metadata.name == "shop"',
      'kubernetes.io/metadata.name == "far"',
    ),
  });
  const of = async (format: string) => (await tollgate([...asked, '-o', format])).stdout;
  const { bridges, connections } = read(await of('json'));
  t.same(
    bridges.filter(({ to }) => to === 'data').map(({ from }) => from),
    ['far'],
    'shop may leave for data, and data lets far in alone',
  );
  t.notOk(connections.some(({ from, to }) => from.includes('shop/web') && to.includes('data/db')));
  for (const format of ['html', 'svg'])
    t.notMatch(await of(format), /data-from="shop" data-to="data"/, format);
});

t.test('a page asks nobody for anything, and nothing in it can break out', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'app/hostile.yaml': deployment('open', '"<img src=x onerror=alert(1)>&\'"').replace(
      'labels: { app: "<img src=x onerror=alert(1)>&\'" }',
      'labels: { app: x }',
    ),
  });
  const page = (await tollgate([...asked, '-o', 'html'])).stdout;
  const json = read((await tollgate([...asked, '-o', 'json'])).stdout);
  t.notMatch(page, /<img/);
  t.match(page, /&lt;img src=x/);
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
  const [, data = ''] = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page) ?? [];
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  t.same(JSON.parse(data), json, 'the page holds what the json says');
  t.equal(page.match(/<script/g)?.length, 2);
  for (const text of [script, style]) {
    const hash = createHash('sha256').update(text).digest('base64');
    t.ok(page.includes(`'sha256-${hash}'`), 'the policy of the page lets its own text run');
  }
  t.notMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /(?:src|href)="?https?:|url\(http|@import/);
});

t.test('a change is coloured, and what it closes is told and not drawn', async (t) => {
  const closed = app.replace('destination: { ports: [8080] }', 'destination: { ports: [9090] }');
  const { tollgate } = commandLine(t, { ...files, 'closed/all.yaml': closed });
  const of = async (head: string, base: string, format: string) =>
    (await tollgate(['map', head, '--base', base, '--conventions', 'plain.yaml', '-o', format])).stdout;
  const opened = read(await of('app', 'closed', 'json'));
  t.same(opened.changes, [{ from: 'shop', to: 'data', opened: 2, closed: 0, changed: 0 }]);
  t.same(
    opened.bridges.filter(({ change }) => change).map(({ change, from, to }) => [from, to, change]),
    [['shop', 'data', 'opened']],
  );
  t.match(await of('app', 'closed', 'svg'), /class="bridge built is-opened" data-from="shop" data-to="data"/);
  t.match(read(await of('closed', 'app', 'json')).changes, [{ from: 'shop', to: 'data', closed: 2 }]);
  t.notMatch(await of('closed', 'app', 'svg'), /data-from="shop" data-to="data"/);
  t.same(read(await of('app', 'app', 'json')).changes, []);
});

t.test('graphs have a node for each island', async (t) => {
  const { tollgate } = commandLine(t, files);
  const of = async (format: string) => (await tollgate([...asked, '-o', format])).stdout;
  t.match(await of('mermaid'), /^flowchart LR\n {2}n0\["data \(closed\)"\]/);
  t.match(await of('mermaid'), /n3 ==>\|"TCP 8080"\| n0/);
  t.match(await of('dot'), /n3 -> n0 \[label="TCP 8080", style=bold\];/);
  t.match(await of('svg'), /^<svg xmlns/);
});

t.test('many namespaces are a matrix', async (t) => {
  const many = Array.from({ length: 41 }, (_, index) =>
    documents(namespace(`n${index}`), deployment(`n${index}`, 'web')),
  );
  const { tollgate } = commandLine(t, { 'plain.yaml': conventions, 'app/many.yaml': documents(...many) });
  const page = (await tollgate([...asked, '-o', 'html'])).stdout;
  t.match(page, /<svg xmlns="[^"]+" class="matrix"/);
  t.equal(page.match(/<tr data-name=/g)?.length, 41, 'and all are in the table');
});

t.test('a wrong format is told', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { exitCode, stderr } = await tollgate([...asked, '-o', 'png']);
  t.equal(exitCode, 2);
  t.match(stderr, /html, svg, json, mermaid, dot/);
});
