import t from 'tap';
import { commandLine } from './command-line.ts';

const convention = (rules = '') => `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: platform }
spec:
  defaultDeny: {}
  mesh: { inject: enabled }
  ${rules}
`;
const workload = (name: string, port = 8080, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} }, annotations: { linkerd.io/inject: enabled } }
    spec: { serviceAccountName: ${name}, ${more}containers: [{ name: main, ports: [{ containerPort: ${port} }] }] }
`;
const policy = (name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
const ingress = (selector: string, more = '') =>
  policy(
    'db-in',
    `{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { ${more}selector: '${selector}' }, destination: { ports: [4143] } }] }`,
  );
const app = (dbIn: string) => ({
  'tollgate.yaml': convention(),
  'app/app.yaml': [
    namespace('shop'),
    namespace('till'),
    workload('web'),
    workload('cron'),
    workload('db', 5432),
    policy('closed', '{ selector: app == "cron", types: [Egress] }'),
    dbIn,
  ].join('---\n'),
});
const suite = (cases: string) => `suite: bridges
given: { conventions: [tollgate.yaml], objects: [app], clock: 2026-12-01 }
cases:
${cases}`;

t.test('connections are asserted as tollgate flow answers them', async (t) => {
  const good = `  - name: the web reaches the database
    flow: { from: shop/web, to: shop/db, port: 5432, expect: allowed, by: db-in, encrypted: true }
  - name: several
    flow:
      - { from: shop/cron, to: shop/db, expect: denied, by: shop/closed }
      - { from: internet, to: shop/db, port: 5432/TCP, expect: denied, encrypted: false }
`;
  const { tollgate } = commandLine(t, {
    ...app(ingress('app in {"web", "cron"}')),
    'a.tollgate-test.yaml': suite(good),
  });
  const { exitCode, stdout, stderr } = await tollgate(['test']);
  t.equal(exitCode, 0, stdout + stderr);
  t.match(stdout, '2 cases in 1 suite: 2 passed, 0 failed');
});

t.test('what is otherwise is told with what decides, and can be put in', async (t) => {
  const bad = `  - name: otherwise
    flow: { from: shop/web, to: shop/db, port: 5432, expect: denied, by: closed, encrypted: false }
  - name: nobody there
    flow: { from: shop/wen, to: shop/db, expect: allowed }
`;
  const { read, tollgate } = commandLine(t, {
    ...app(ingress('app == "web"')),
    'a.tollgate-test.yaml': suite(bad),
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 1);
  t.match(stdout, 'flow.expect: expected denied');
  t.match(
    stdout,
    /Deployment shop\/web -> Deployment shop\/db TCP 5432: allowed: .*NetworkPolicy "shop\/db-in"/,
  );
  t.match(stdout, 'flow.by: expected closed');
  t.match(stdout, 'encrypted from proxy to proxy');
  t.match(stdout, 'there is no workload or Service "shop/wen", did you mean web?');
  await tollgate(['test', '--update']);
  t.match(
    read('a.tollgate-test.yaml'),
    'flow: { from: shop/web, to: shop/db, port: 5432, expect: allowed, by: shop/db-in, encrypted: true }',
  );
  t.match(read('a.tollgate-test.yaml'), '{ from: shop/wen, to: shop/db, expect: allowed }', 'left alone');
});

t.test('nobody but those who are named gets in', async (t) => {
  const only = (names: string) => `  - name: only
    flow: { to: shop/db, port: 5432, only: [${names}] }
`;
  const run = async (dbIn: string, names: string) => {
    const { tollgate } = commandLine(t, { ...app(dbIn), 'a.tollgate-test.yaml': suite(only(names)) });
    const { exitCode, stdout, stderr } = await tollgate(['test']);
    t.equal(stderr, '');
    return { exitCode, stdout };
  };
  t.equal((await run(ingress('app == "web"'), 'shop/web')).exitCode, 0, 'as it is');
  t.equal((await run(ingress('app == "web"'), '"shop/{app=web}"')).exitCode, 0, 'by labels');
  t.equal((await run(ingress('app == "nobody"'), '')).exitCode, 1, 'a label that nobody has yet');
  const table: readonly (readonly [string, string, string, RegExp])[] = [
    ['a pod that does not exist yet', ingress('app in {"web", "later"}'), 'shop/web', /shop\/\{app=later\}/],
    ['whoever has no label', ingress('!has(app)'), '', /shop\/\{\}/],
    [
      'the same labels elsewhere',
      ingress('app == "web"', 'namespaceSelector: all(), '),
      'shop/web',
      /till\/\{app=web\}/,
    ],
    ['another workload', ingress('has(app)'), 'shop/web', /Deployment shop\/db -> Deployment shop\/db/],
    ['one who is named and kept out', ingress('app == "web"'), 'shop/web, shop/cron', /shop\/cron.*denied/],
  ];
  for (const [name, dbIn, names, found] of table) {
    const { exitCode, stdout } = await run(dbIn, names);
    t.equal(exitCode, 1, name);
    t.match(stdout, found, name);
  }
  const open = policy(
    'db-in',
    '{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [4143, 5432] } }] }',
  );
  t.match((await run(open, 'shop/web')).stdout, /internet|0\.0\.0\.0/, 'addresses');
});

t.test('a flow that nobody can read is a mistake at its place', async (t) => {
  const wrong = `  - name: no end
    flow: { from: shop, to: shop/db, port: http, expect: allowed }
  - name: both
    flow: { from: shop/web, to: shop/db, only: [shop/web] }
  - name: expect beside it
    flow: { from: shop/web, to: shop/db, expect: allowed }
    expect: { decision: allow }
`;
  const { tollgate } = commandLine(t, { ...app(ingress('all()')), 'a.tollgate-test.yaml': suite(wrong) });
  const { exitCode, stderr } = await tollgate(['test']);
  t.equal(exitCode, 2);
  t.match(stderr, 'either from, with what is expected, or only');
  t.match(stderr, 'none beside flow');
});

t.test('the audit has a word of its own', async (t) => {
  const rules = 'rules: { mesh/opt-out: { ci: deny, audit: warn } }';
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': convention(rules),
    'web.yaml': workload('web').replace('inject: enabled', 'inject: disabled'),
    'a.tollgate-test.yaml': `suite: points
given: { conventions: [tollgate.yaml], objects: [{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }] }
cases:
  - { name: in files, manifests: [web.yaml], expect: { rules: [mesh/opt-out] } }
  - { name: in the cluster, manifests: [web.yaml], point: audit, expect: { decision: allow, finds: [mesh/opt-out] } }
`,
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 0, stdout);
});

const table = `suite: tiers
given: { conventions: [tollgate.yaml] }
cases:
  - name: opting out
    review:
      operation: CREATE
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web }, annotations: { linkerd.io/inject: disabled } }
            spec: { containers: [{ name: main }] }
    expect: { decision: deny }
    rows:
      - { name: in shop, review: { object: { metadata: { namespace: shop } } } }
      - name: where nothing governs
        review: { object: { metadata: { namespace: kube-system } } }
        expect: { decision: deny, governedBy: [] }
      - { review: { object: { metadata: { namespace: till } } }, expect: { decision: allow } }
`;

t.test('a table is one case for each row, told and mended where the row is', async (t) => {
  const { read, tollgate } = commandLine(t, {
    'tollgate.yaml': convention(),
    'a.tollgate-test.yaml': table,
  });
  const { exitCode, stdout } = await tollgate(['test']);
  t.equal(exitCode, 1);
  t.match(stdout, 'ok    opting out: in shop');
  t.match(stdout, 'FAIL  opting out: where nothing governs (a.tollgate-test.yaml:19)');
  t.match(stdout, 'FAIL  opting out: row 3');
  await tollgate(['test', '--update']);
  t.equal((await tollgate(['test'])).exitCode, 0);
  t.match(read('a.tollgate-test.yaml'), 'expect: { decision: allow, governedBy: [] }');
  t.match(read('a.tollgate-test.yaml'), /\n {4}expect: \{ decision: deny \}\n/, 'the others keep theirs');
});

t.test('a mistake in a row is told where it is written', async (t) => {
  const wrong = table.replace('expect: { decision: allow }', 'expect: { decision: allowed }');
  const { tollgate } = commandLine(t, { 'tollgate.yaml': convention(), 'a.tollgate-test.yaml': wrong });
  const { exitCode, stderr } = await tollgate(['test']);
  t.equal(exitCode, 2);
  t.match(stderr, /a\.tollgate-test\.yaml:22:\d+: cases\[0\]\.rows\[2\]\.expect\.decision/);
});

const waiver = (name: string, rule: string) => `---
apiVersion: tollgate.dev/v1alpha1
kind: Waiver
metadata: { name: ${name} }
spec: { rules: [${rule}], match: { names: [web] }, owner: team, reason: old, until: 2027-03-31 }
`;

t.test('what of your own documents had no case is named, and can fail a run', async (t) => {
  const rules = 'rules: { mesh/opt-out: deny, gate/host-network: deny, label/*: warn }';
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': `${convention(rules)}${waiver('ftp', 'mesh/opt-out')}${waiver('node', 'gate/host-network')}`,
    'web.yaml': workload('web').replace('inject: enabled', 'inject: disabled'),
    'a.tollgate-test.yaml': `suite: some
given: { conventions: [tollgate.yaml], clock: 2026-12-01, objects: [{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }] }
cases:
  - { name: opted out, manifests: [web.yaml], expect: { waivedBy: [ftp] } }
`,
  });
  const { exitCode, stdout } = await tollgate(['test', '--coverage']);
  t.equal(exitCode, 0, stdout);
  t.match(stdout, 'no case: gate/host-network of convention "platform" (tollgate.yaml)');
  t.match(stdout, 'no case: label/* of convention "platform"');
  t.match(stdout, 'no case: waiver "node" (tollgate.yaml)');
  t.notMatch(stdout, 'no case: waiver "ftp"');
  t.notMatch(stdout, 'no case: mesh/opt-out of');
  t.match(stdout, '3 of 6 parts of your own conventions and waivers have a case (50 %)');
  t.equal((await tollgate(['test', '--min-coverage', '50'])).exitCode, 0);
  const less = await tollgate(['test', '--min-coverage', '51']);
  t.equal(less.exitCode, 1);
  t.match(less.stderr, 'no case: waiver "node"');
  t.equal((await tollgate(['test', '--min-coverage', '101'])).exitCode, 2);
});

t.test('a first suite says what is, and passes', async (t) => {
  const { read, tollgate } = commandLine(t, {
    'tollgate.yaml': convention(),
    'deploy/shop.yaml': namespace('shop'),
    'deploy/web.yaml': workload('web').replace('inject: enabled', 'inject: disabled'),
  });
  const outcome = await tollgate(['test', '--new', 'policy/today.tollgate-test.yaml', 'deploy']);
  t.equal(outcome.exitCode, 3, 'there is no such folder');
  const made = await tollgate(['test', '--new', 'today.tollgate-test.yaml', 'deploy']);
  t.equal(made.exitCode, 0, made.stderr);
  const text = read('today.tollgate-test.yaml');
  t.match(text, 'deploy/web.yaml as it is today');
  t.match(text, 'mesh/opt-out');
  const ran = await tollgate(['test']);
  t.equal(ran.exitCode, 0, ran.stdout);
  t.match(ran.stdout, '2 cases in 1 suite: 2 passed, 0 failed');
  t.equal((await tollgate(['test', '--new', 'today.tollgate-test.yaml', 'deploy'])).exitCode, 3);
  t.equal((await tollgate(['test', '--new', 'today.yaml', 'deploy'])).exitCode, 2);
});
