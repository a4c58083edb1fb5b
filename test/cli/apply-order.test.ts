import t from 'tap';
import { commandLine } from './command-line.ts';

const convention = (spec: string) =>
  `apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: ours }\nspec: ${spec}\n`;
const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n';
const cover =
  'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: closed }\nspec: { namespaceSelector: kubernetes.io/metadata.name == "shop", types: [Ingress, Egress] }\n';
const own =
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: closed, namespace: shop }\nspec: { podSelector: {}, policyTypes: [Ingress, Egress] }\n';
const reject = convention('{ defaultDeny: { onMissing: reject } }');

t.test('a namespace is judged as it is created where a convention rejects uncovered ones', async (t) => {
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': reject,
    'late.yaml': `${namespace}---\n${cover}`,
    'early.yaml': `${cover}---\n${namespace}`,
    'inside.yaml': `${own}---\n${namespace}`,
  });
  const late = await tollgate(['check', 'late.yaml']);
  t.equal(late.exitCode, 1);
  t.match(late.stdout, 'namespace "shop": created before GlobalNetworkPolicy "closed"');
  t.equal((await tollgate(['check', 'early.yaml'])).exitCode, 0);
  t.equal(
    (await tollgate(['check', 'early.yaml', '--apply-order', 'helm'])).exitCode,
    1,
    'Helm sorts namespaces first',
  );
  const inside = await tollgate(['check', 'inside.yaml']);
  t.equal(inside.exitCode, 1, 'what lies in a namespace never comes before it');
  t.match(inside.stdout, 'onMissing: hold');
});

t.test('where the convention leaves it to the default, the order is a remark', async (t) => {
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': convention('{ defaultDeny: {} }'),
    'late.yaml': `${namespace}---\n${cover}`,
  });
  const outcome = await tollgate(['check', 'late.yaml']);
  t.equal(outcome.exitCode, 0);
  t.match(outcome.stdout, /^order: namespace "shop" comes before any policy/m);
  t.equal((await tollgate(['check', 'late.yaml', '--apply-order', 'kubectl'])).exitCode, 1);
});

t.test('context counts and is never reported', async (t) => {
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': reject,
    'app/ns.yaml': namespace,
    'platform/closed.yaml': cover,
    'platform/open.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: sandbox }\n',
    'there/ns.yaml': namespace,
    'broken/x.yaml': 'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{ x }}\n',
    'inside.yaml': `${namespace}---\n${own}`,
  });
  t.equal((await tollgate(['check', 'app'])).exitCode, 1);
  const outcome = await tollgate(['check', 'app', '--context', 'platform']);
  t.equal(outcome.exitCode, 0, outcome.stdout);
  t.notMatch(outcome.stdout, 'sandbox');
  t.equal((await tollgate(['check', 'inside.yaml', '--context', 'there'])).exitCode, 0, 'it exists already');
  t.equal((await tollgate(['check', 'app', '--context', 'nowhere'])).exitCode, 2);
  const broken = await tollgate(['check', 'app', '--context', 'platform', '--context', 'broken']);
  t.equal(broken.exitCode, 1, 'what cannot be read may decide');
  t.match(broken.stderr, 'context broken/x.yaml:3:11: not read');
});

t.test('usage that would mislead', async (t) => {
  const { tollgate } = commandLine(t, { 'ns.yaml': `${cover}---\n${namespace}` });
  t.equal((await tollgate(['check', '-o', 'json=out', '-o', 'junit=./out'])).exitCode, 2);
  t.match(await tollgate(['-v']), { exitCode: 2, stderr: /--version/ });
  t.notMatch((await tollgate(['check', '--foo'])).stderr, 'did you mean');
  t.match(await tollgate(['explain', 'mesh']), { exitCode: 0, stdout: /mesh\/bypass/ });
});

t.test('a namespace that is written as the API server stores it exists already', async (t) => {
  const stored = namespace.replace('name: shop', 'name: shop, labels: { kubernetes.io/metadata.name: shop }');
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': reject,
    'dump.yaml': `${stored}---\n${cover}`,
  });
  t.equal((await tollgate(['check', 'dump.yaml'])).exitCode, 0);
  t.equal((await tollgate(['check', 'dump.yaml', '--apply-order', 'kubectl'])).exitCode, 1, 'unless asked');
});
