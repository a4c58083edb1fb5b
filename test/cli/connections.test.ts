import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import t from 'tap';
import { jsonConnections } from '../../src/report/connections/json-schema.ts';
import { commandLine } from './command-line.ts';

const workload = (kind: string, name: string, port: number, more = '') => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { serviceAccountName: ${name}, ${more}containers: [{ name: ${name}, ports: [{ name: main, containerPort: ${port} }] }] }
`;
const policy = (name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
const documents = (...texts: readonly string[]) => texts.join('---\n');
const plain =
  'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: {}, mesh: { inject: "off" } }\n';
const closed = policy('closed', '{ order: 9, selector: all(), types: [Ingress, Egress] }');
const webOut = policy(
  'web-out',
  '{ selector: app == "web", types: [Egress], egress: [{ action: Allow, protocol: TCP, destination: { selector: app == "db", ports: ["5000:6000"] } }] }',
);
const dbIn = policy(
  'db-in',
  '{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { selector: app == "web" }, destination: { ports: [main, "5999:7000"] } }, { action: Allow, protocol: ICMP, icmp: { type: 8 }, source: { nets: [192.0.2.0/24] } }] }',
);
const shop = documents(
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
  workload('Deployment', 'web', 8080),
  workload('StatefulSet', 'db', 5432),
);
const files = { 'plain.yaml': plain, 'app/shop.yaml': documents(shop, closed, webOut, dbIn) };
const asked = ['connections', 'app', '--conventions', 'plain.yaml'];

t.test('connections are listed with all of their ports and the rules behind them', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { exitCode, stderr, stdout } = await tollgate(asked);
  t.equal(exitCode, 0, stderr);
  t.equal(
    stdout,
    `Deployment shop/web -> StatefulSet shop/db: TCP 5432, 5999-6000 (plaintext)
  egress: NetworkPolicy "shop/web-out" rule 1 (app/shop.yaml:31:59)
  ingress: NetworkPolicy "shop/db-in" rule 1 (app/shop.yaml:36:60)
192.0.2.0/24 -> StatefulSet shop/db: ICMP type 8 (plaintext)
  ingress: NetworkPolicy "shop/db-in" rule 2 (app/shop.yaml:36:175)

3 connections between 3 ends: 0 unknown, 0 encrypted, 3 in the clear
`,
  );
});

t.test('what is asked for is what is answered', async (t) => {
  const { tollgate } = commandLine(t, files);
  const lines = async (...more: readonly string[]) =>
    (await tollgate([...asked, ...more])).stdout.split('\n').filter((line) => line.includes(' -> '));
  t.same(await lines('--from', 'shop/db'), []);
  t.same((await lines('--from', 'shop/web')).length, 1);
  t.same(await lines('--to', 'shop/db', '--port', '6000'), [
    'Deployment shop/web -> StatefulSet shop/db: TCP 6000 (plaintext)',
  ]);
  t.same(await lines('--port', '6000/UDP'), []);
  t.same(await lines('--only', 'encrypted'), []);
  t.same(await lines('--from', '192.0.2.128/25'), [
    '192.0.2.128/25 -> StatefulSet shop/db: ICMP type 8 (plaintext)',
  ]);
  t.same(await lines('--from', 'shop/{app=web}'), [
    'shop/{app=web} (to come) -> StatefulSet shop/db: TCP 5432, 5999-6000 (plaintext)',
  ]);
  t.same(await lines('--to', 'shop/db', '--exposure', '--from', 'shop/{}'), []);
  t.equal((await tollgate([...asked, '--from', 'shop/nobody'])).exitCode, 2);
  t.equal((await tollgate([...asked, '--port', 'main'])).exitCode, 2);
  t.equal((await tollgate([...asked, '--only', 'some'])).exitCode, 2);
});

t.test('pods that could be created are classes of their own', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { stdout } = await tollgate([...asked, '--exposure', '--to', 'shop/db']);
  t.match(stdout, 'shop/{app=web} (to come) -> StatefulSet shop/db: TCP 5432, 5999-6000 (plaintext)');
  t.notMatch(stdout, 'shop/{} (to come)');
  t.notMatch(stdout, /\{app=other\}/);
});

t.test('between meshed pods the policies see the port of the proxy', async (t) => {
  const meshed = policy(
    'db-mesh',
    '{ order: 1, selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [4143] } }] }',
  );
  const out = policy(
    'out',
    '{ order: 1, selector: app == "web", types: [Egress], egress: [{ action: Allow }] }',
  );
  const server =
    'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: { name: db, namespace: shop }\nspec: { podSelector: { matchLabels: { app: db } }, port: main }\n';
  const { tollgate } = commandLine(t, {
    'app/shop.yaml': documents(shop, closed, meshed, out),
    'locked/shop.yaml': documents(shop, closed, meshed, out, server),
  });
  const open = await tollgate(['connections', 'app', '--from', 'shop/web', '--to', 'shop/db']);
  t.match(open.stdout, 'TCP 1-4189, 4192-4566, 4569-65535 (encrypted)', 'all ports behind the proxy');
  const locked = await tollgate([
    'connections',
    'locked',
    '--from',
    'shop/web',
    '--to',
    'shop/db',
    '--port',
    '5432',
  ]);
  t.match(locked.stdout, 'nothing that was asked for is open', 'its Server lets nobody in');
});

t.test('equal workloads are one end, and what could not be read makes all of it unknown', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'same/shop.yaml': documents(shop, workload('Deployment', 'api', 1)),
    'broken/shop.yaml': documents(shop, 'kind: [\n'),
  });
  const same = await tollgate(['connections', 'same', '--conventions', 'plain.yaml']);
  t.match(same.stdout, 'Deployment shop/web and 2 more -> anywhere (IPv4): everything (plaintext)');
  t.match(same.stdout, 'Deployment shop/web stands for web, db and api');
  const broken = await tollgate(['connections', 'broken', '--conventions', 'plain.yaml']);
  t.equal(broken.exitCode, 3);
  t.match(broken.stdout, 'everything (unknown, plaintext)');
});

t.test('every format says the same', async (t) => {
  const { read, tollgate } = commandLine(t, files);
  const outputs = ['csv', 'json', 'markdown', 'mermaid', 'dot', 'grid'].flatMap((name) => [
    '-o',
    `${name}=${name}`,
  ]);
  t.equal((await tollgate([...asked, ...outputs])).exitCode, 0);
  t.match(
    read('csv'),
    'Deployment shop/web,StatefulSet shop/db,TCP,IPv4,5432;5999-6000,allowed,plaintext,NetworkPolicy shop/web-out rule 1,NetworkPolicy shop/db-in rule 1\n',
  );
  const { connections, ends } = v.parse(jsonConnections, JSON.parse(read('json')));
  t.equal(connections.length, 3);
  t.equal(ends.length, 3);
  t.same(connections[2]?.icmp, [{ types: [8, 8] }]);
  t.equal(connections[0]?.because.ingress[0]?.place?.line, 36);
  t.match(
    read('markdown'),
    '| Deployment shop/web | StatefulSet shop/db | TCP 5432, 5999-6000 | plaintext |',
  );
  t.match(read('mermaid'), 'n0 -->|"TCP 5432, 5999-6000"| n1');
  t.match(read('dot'), 'n0 -> n1 [label="TCP 5432, 5999-6000", style=solid];');
  t.match(read('grid'), /Deployment shop\/web +\+\n/);
});

t.test('the JSON keeps to its published schema', async (t) => {
  const schema = `${JSON.stringify(toJsonSchema(jsonConnections), undefined, 2)}\n`;
  const file = join(import.meta.dirname, '../../docs/connections.schema.json');
  if (process.env.TOLLGATE_GOLDEN_UPDATE === '1') writeFileSync(file, schema);
  t.equal(schema, readFileSync(file, 'utf8'));
});

t.test('an account counts only where a proxy asks for it', async (t) => {
  const open = policy(
    'open',
    '{ selector: all(), types: [Ingress, Egress], ingress: [{ action: Allow }], egress: [{ action: Allow }] }',
  );
  const account = (name: string) => workload('Deployment', name, 80);
  const server =
    'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: { name: db, namespace: shop }\nspec: { podSelector: { matchLabels: { app: db } }, port: main }\n';
  const authorization =
    'apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: { name: api, namespace: shop }\nspec: { targetRef: { group: policy.linkerd.io, kind: Server, name: db }, requiredAuthenticationRefs: [{ kind: ServiceAccount, name: api }] }\n';
  const { tollgate } = commandLine(t, {
    'open/shop.yaml': documents(shop, account('api'), account('job'), open),
    'asked/shop.yaml': documents(shop, account('api'), account('job'), open, server, authorization),
  });
  const same = await tollgate(['connections', 'open']);
  t.match(same.stdout, 'Deployment shop/web stands for web, api and job');
  const told = await tollgate([
    'connections',
    'asked',
    '--to',
    'shop/db',
    '--port',
    '5432',
    '--only',
    'encrypted',
  ]);
  t.match(told.stdout, 'Deployment shop/api -> StatefulSet shop/db: TCP 5432 (encrypted)');
  t.match(told.stdout, 'Deployment shop/web stands for web and job');
  t.match(told.stdout, '2 connections between 2 ends', 'of nobody else');
});

t.test('ends with the same name are told apart', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { stdout } = await tollgate([...asked, '--exposure', '--from', 'shop/{app=web}', '-o', 'json']);
  const { connections, ends } = v.parse(jsonConnections, JSON.parse(stdout));
  t.equal(new Set(ends.map(({ id }) => id)).size, ends.length);
  t.same([...new Set(connections.map(({ to }) => to))], ['StatefulSet shop/db']);
});

t.test('a format without a place for what could not be read does not look whole', async (t) => {
  const { tollgate } = commandLine(t, { 'broken.yaml': 'a: [b' });
  for (const args of [
    ...['csv', 'mermaid', 'dot', 'grid'].map((format) => ['connections', 'broken.yaml', '-o', format]),
    ...['mermaid', 'dot', 'svg'].map((format) => ['map', 'broken.yaml', '-o', format]),
  ]) {
    const { exitCode, stderr } = await tollgate(args);
    t.equal(exitCode, 3, args.join(' '));
    t.match(stderr, /^not known: .*broken\.yaml could not be read/, args.join(' '));
  }
  const { stdout, stderr } = await tollgate(['connections', 'broken.yaml']);
  t.match(stdout, 'nothing that was asked for is known to be open');
  t.equal(stderr, '');
});
