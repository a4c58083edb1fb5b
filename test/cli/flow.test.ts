import t from 'tap';
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
const policy = (name: string, spec: string, namespace = 'shop') =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const documents = (...texts: readonly string[]) => texts.join('---\n');
const shop = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
const service =
  'apiVersion: v1\nkind: Service\nmetadata: { name: db, namespace: shop }\nspec: { selector: { app: db }, ports: [{ port: 15432, targetPort: main }] }\n';
const closed = policy('closed', '{ selector: all(), types: [Ingress, Egress] }');
const server =
  'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: { name: db, namespace: shop }\nspec: { podSelector: { matchLabels: { app: db } }, port: main, proxyProtocol: opaque }\n';
const app = documents(
  shop,
  workload('Deployment', 'web', 8080),
  workload('StatefulSet', 'db', 5432),
  service,
);
const withoutMesh =
  'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: {}, mesh: { inject: "off" } }\n';
const asked = ['flow', 'shop/web', 'shop/db', '15432'];

t.test('what is denied is opened by exactly what is printed', async (t) => {
  const dbIn = policy(
    'db-in',
    '{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { selector: app == "api" }, destination: { ports: [4143] } }] }',
  );
  const { tollgate, read } = commandLine(t, { 'app.yaml': documents(app, closed, dbIn, server) });
  const denied = await tollgate([...asked, '--open', 'open.yaml']);
  t.equal(denied.exitCode, 1, denied.stderr);
  t.match(
    denied.stdout,
    'Deployment shop/web -> StatefulSet shop/db TCP 5432 by Service shop/db port 15432: denied',
  );
  t.match(denied.stdout, 'egress of Deployment shop/web: denied: the end of tier "default" denies');
  t.match(
    denied.stdout,
    /near miss: ingress rule 1 of NetworkPolicy "shop\/db-in" wants app == "api"; Deployment shop\/web has app=web \(app\.yaml:\d+:\d+\)/,
  );
  t.match(denied.stdout, 'encrypted from proxy to proxy, on port 4143');
  t.match(
    denied.stdout,
    'denied: Server "shop/db" lets in nobody like web.shop.serviceaccount.identity.linkerd.cluster.local',
  );
  t.match(denied.stdout, 'to open exactly this: 3 objects');
  t.match(read('open.yaml'), 'kind: AuthorizationPolicy');
  const allowed = await tollgate(asked);
  t.equal(allowed.exitCode, 0, 'with the file among the others');
  t.match(allowed.stdout, /ingress .*: allowed: .*web-to-db-ingress.*\(open\.yaml:\d+:\d+\)/);
  t.equal((await tollgate(['flow', 'shop/{app=other}', 'shop/db'])).exitCode, 1, 'nobody else');
  t.equal((await tollgate(['flow', 'shop/web', 'shop/db', '9'])).exitCode, 2, 'no such port');
});

t.test('outside the mesh the port itself counts, and every rule before decides', async (t) => {
  const first = policy(
    'first',
    '{ order: 1, selector: app == "db", types: [Ingress], ingress: [{ action: Deny }] }',
  );
  const second = policy(
    'second',
    '{ order: 2, selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { nets: [0.0.0.0/0] }, destination: { ports: [main] } }] }',
  );
  const { tollgate } = commandLine(t, {
    'plain.yaml': withoutMesh,
    'denied/app.yaml': documents(app, first, second),
    'allowed/app.yaml': documents(app, second),
  });
  const plain = (folder: string) => tollgate([...asked, folder, '--conventions', 'plain.yaml']);
  const denied = await plain('denied');
  t.equal(denied.exitCode, 1);
  t.match(denied.stdout, 'NetworkPolicy "shop/first" (tier "default") denies by its ingress rule 1');
  t.match(denied.stdout, /order: 0\n/, 'before what denies');
  t.notMatch(denied.stdout, 'mesh:');
  t.equal((await plain('allowed')).exitCode, 0);
});

t.test('what hangs on what nobody knows is unknown, with the rule that decides', async (t) => {
  const byAddress = policy(
    'by-address',
    '{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, source: { nets: [10.1.0.0/16] } }] }',
  );
  const byLabel =
    'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: prod }\nspec: { namespaceSelector: env == "prod", types: [Ingress] }\n';
  const { tollgate } = commandLine(t, {
    'plain.yaml': withoutMesh,
    'address/app.yaml': documents(app, byAddress),
    'label/app.yaml': documents(app.slice(shop.length + 4), byLabel),
    'broken/app.yaml': documents(app, 'kind: [\n'),
  });
  const ask = (folder: string) => tollgate([...asked, folder, '--conventions', 'plain.yaml']);
  const address = await ask('address');
  t.equal(address.exitCode, 3);
  t.match(
    address.stdout,
    'not known: whether ingress rule 1 of NetworkPolicy "shop/by-address" matches hangs on what is not known of a pod before it runs',
  );
  const label = await ask('label');
  t.equal(label.exitCode, 3, 'the Namespace is not there');
  t.match(label.stdout, 'whether GlobalNetworkPolicy "prod" selects the pods hangs on labels of a Namespace');
  t.equal((await ask('broken')).exitCode, 3, 'a file that cannot be read may decide');
});

t.test('a policy that selects by what is not known may as well not select', async (t) => {
  const unlessProd =
    'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: open }\nspec: { namespaceSelector: env != "prod", order: 1, types: [Ingress], ingress: [{ action: Allow }] }\n';
  const { tollgate } = commandLine(t, {
    'plain.yaml': withoutMesh,
    'unknown/app.yaml': documents(app.slice(shop.length + 4), unlessProd, closed),
    'known/app.yaml': documents(app, unlessProd, policy('in', '{ selector: all(), types: [Ingress] }')),
  });
  const ask = (folder: string) => tollgate([...asked, folder, '--conventions', 'plain.yaml']);
  const unknown = await ask('unknown');
  t.match(
    unknown.stdout,
    'whether GlobalNetworkPolicy "open" selects the pods hangs on labels of a Namespace',
  );
  t.match(unknown.stdout, /ingress of StatefulSet shop\/db: unknown/);
  t.equal((await ask('known')).exitCode, 0, 'the Namespace is there, without the label');
});

t.test('the identity is that of the account, by either field', async (t) => {
  const lets =
    'apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: { name: db, namespace: shop }\nspec: { targetRef: { group: policy.linkerd.io, kind: Server, name: db }, requiredAuthenticationRefs: [{ kind: ServiceAccount, name: web }] }\n';
  const { tollgate } = commandLine(t, {
    'app.yaml': documents(app.replaceAll('serviceAccountName:', 'serviceAccount:'), server, lets),
  });
  const { exitCode, stdout } = await tollgate(asked);
  t.equal(exitCode, 0);
  t.match(stdout, 'allowed: AuthorizationPolicy "shop/db" lets in web.shop.serviceaccount');
});

t.test('a pod on the network of its node reaches the pods of that node, whatever policies say', async (t) => {
  const onNode = workload('Deployment', 'web', 8080, 'hostNetwork: true, ');
  const { tollgate } = commandLine(t, {
    'plain.yaml': withoutMesh,
    'app.yaml': documents(shop, onNode, workload('StatefulSet', 'db', 5432), service, closed),
  });
  const { exitCode, stdout } = await tollgate([...asked, '--conventions', 'plain.yaml']);
  t.equal(exitCode, 3);
  t.match(
    stdout,
    'not known: pods of its own node are open to Deployment shop/web, those of other nodes are not',
  );
});

t.test('addresses are told apart where a rule does', async (t) => {
  const office =
    '{ selector: app == "web", types: [Ingress], ingress: [{ action: Allow, source: { nets: [198.51.100.0/24], notNets: [198.51.100.7/32] } }] }';
  const { tollgate } = commandLine(t, { 'app.yaml': documents(app, policy('office', office)) });
  const { exitCode, stdout } = await tollgate(['flow', 'internet', 'shop/web', '8080', '-o', 'json']);
  t.equal(exitCode, 1);
  const { answers, version } = JSON.parse(stdout) as {
    readonly version: number;
    readonly answers: readonly { readonly source: string; readonly verdict: string }[];
  };
  t.equal(version, 1);
  t.strictSame(
    answers.map(({ source, verdict }) => [source, verdict]),
    [
      ['0.0.0.0/0 without 0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10 and 6 more', 'denied'],
      ['198.51.100.0/24 without 198.51.100.7/32', 'allowed'],
      ['198.51.100.7/32', 'denied'],
    ],
  );
  t.equal((await tollgate(['flow', '198.51.100.9', 'shop/web'])).exitCode, 0);
  t.equal((await tollgate(['flow', '198.51.100.7', 'shop/web'])).exitCode, 1);
});

t.test('an opening that would close somebody else is not printed', async (t) => {
  const twin = workload('Deployment', 'db-backup', 5432).replaceAll('app: db-backup', 'app: db');
  const onlyOne = policy('one', '{ selector: app == "db" && has(main), types: [Ingress] }');
  const main = workload('StatefulSet', 'db', 5432).replace(
    'labels: { app: db }',
    'labels: { app: db, main: "" }',
  );
  const { tollgate } = commandLine(t, {
    'plain.yaml': withoutMesh,
    'app.yaml': documents(shop, workload('Deployment', 'web', 8080), main, twin, onlyOne),
  });
  const { exitCode, stdout } = await tollgate([
    'flow',
    'shop/web',
    'sts/shop/db',
    '--conventions',
    'plain.yaml',
  ]);
  t.equal(exitCode, 1);
  t.match(stdout, 'would close Deployment shop/db-backup');
});

t.test('an end that is none is wrong usage, and says what was meant', async (t) => {
  const { tollgate } = commandLine(t, { 'app.yaml': app });
  const problems = [
    [['shop/wb', 'shop/db'], 'no workload or Service "shop/wb", did you mean web'],
    [['shop/web', 'nowhere/db', '1'], 'nothing of that namespace is known'],
    [['shop', 'shop/db'], 'expected NAMESPACE/NAME'],
    [['shop/{app}', 'shop/db'], 'expected labels as KEY=VALUE'],
    [['shop/web', 'shop/db', '70000'], 'a port is 1 to 65535'],
    [['shop/web', 'shop/db', '80/ICMP'], 'expected the protocol TCP, UDP or SCTP'],
    [['shop/web', '192.0.2.1'], 'give the number of one'],
    [['shop/web'], 'FROM and TO are missing'],
  ] as const;
  for (const [args, message] of problems) {
    const { exitCode, stderr } = await tollgate(['flow', ...args]);
    t.equal(exitCode, 2, args.join(' '));
    t.match(stderr, message);
  }
});

t.test('a namespace that is born closed has its cover label by the time anybody connects', async (t) => {
  const bornClosed = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: born-closed }
spec: { namespaceSelector: closed == "yes", types: [Ingress, Egress] }
`;
  const convention = (more: string) =>
    `apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: { ${more} }, mesh: { inject: "off" } }\n`;
  const { tollgate } = commandLine(t, {
    'app.yaml': documents(app, bornClosed),
    'with.yaml': convention('coverLabel: { key: closed, value: "yes" }'),
    'without.yaml': convention(''),
  });
  const exitCode = async (file: string, ...more: readonly string[]) =>
    (await tollgate([...asked, 'app.yaml', '--conventions', file, ...more])).exitCode;
  t.equal(await exitCode('with.yaml'), 1, 'admission puts it there');
  t.equal(await exitCode('without.yaml'), 0);
});
