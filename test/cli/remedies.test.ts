import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { printedObjects } from '../../src/facts/printed-objects.ts';
import { remedy } from '../support/remedies.ts';
import { commandLine, deployment } from './command-line.ts';

const golden = join(import.meta.dirname, '../golden');
const samples = ['ok', 'err'].flatMap((kind) =>
  readdirSync(join(golden, kind))
    .filter((name) => !name.endsWith('.out'))
    .map((name) => join(golden, kind, name)),
);

t.test('every remedy puts right what it is printed for, in two rounds at most', async (t) => {
  const rules = new Set<string>();
  for (const sample of samples) {
    const { rules: own, ...rest } = await remedy(t, sample);
    for (const rule of own) rules.add(rule);
    t.same(rest, { left: [], made: [], lost: [], restless: [] }, sample);
  }
  t.ok(rules.size > 20, `${rules.size} rules had a remedy`);
});

t.test('objects stand at the end of a remedy; one that has to be completed is an example', async (t) => {
  const [one, other] = ['apiVersion: v1\nkind: A\nmetadata: {}', 'apiVersion: v1\nkind: B'];
  t.same(printedObjects(`these policies beside the others\n${one}\n---\n${other}\n`), [one, other]);
  t.same(printedObjects(`with its clients\n${one}\nspec: { name: <account> }`), []);
  for (const words of [undefined, '', 'apiVersion: projectcalico.org/v3', 'a rule\nthat allows'])
    t.same(printedObjects(words), [], words ?? 'nothing');
});

const closed = `apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: default-deny, namespace: shop }
spec: { types: [Ingress, Egress] }
---
`;

t.test('what opens connections is written where that is asked for, and told otherwise', async (t) => {
  const { read, tollgate } = commandLine(t, {
    'all.yaml': closed + deployment('web') + '---\n' + deployment('api'),
  });
  const careful = await tollgate(['fix']);
  t.equal(
    careful.stderr,
    [
      'all.yaml: 4 findings put right',
      'left: 2 of mesh/control-plane-blocked, what puts it right opens connections: --unsafe writes it',
      '4 fixed, 2 left',
      '',
    ].join('\n'),
  );
  t.notMatch(read('all.yaml'), 'allow-');
  const diff = await tollgate(['fix', '--unsafe', '--diff']);
  t.equal(diff.exitCode, 1);
  t.match(diff.stdout, /^\+ {2}name: allow-linkerd-control-plane$/m);
  const bold = await tollgate(['fix', '--unsafe']);
  t.match(bold.stderr, /^2 fixed$/m, 'one policy for both');
  t.equal(read('all.yaml').match(/name: allow-/g)?.length, 1);
  t.match((await tollgate(['check'])).stdout, /^no findings/);
});

t.test('what needs somebody who decides is told with its rule', async (t) => {
  const { tollgate } = commandLine(t, {
    'all.yaml': closed.replace('Ingress, Egress', 'Ingress'),
  });
  const { stderr } = await tollgate(['fix']);
  t.match(stderr, /^left: 1 of gate\/default-deny-missing, somebody has to decide: tollgate check says/m);
  t.match(stderr, /^0 fixed, 1 needs you$/m);
});

t.test('JSON has no place for one more object', async (t) => {
  const object = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'NetworkPolicy',
        metadata: { name: 'deny', namespace: 'shop' },
        spec: { types: ['Ingress', 'Egress'] },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'web',
          namespace: 'shop',
          annotations: { 'linkerd.io/inject': 'enabled' },
          labels: { 'app.kubernetes.io/name': 'web' },
        },
        spec: { containers: [{ name: 'main', image: 'web:1' }] },
      },
    ],
  };
  const { tollgate } = commandLine(t, { 'all.json': JSON.stringify(object) });
  const { exitCode, stderr } = await tollgate(['fix', '--unsafe']);
  t.equal(exitCode, 3);
  t.match(stderr, /^all\.json:1:1: left alone, JSON has no place for one more object$/m);
});

t.test('folders that contradict each other are fixed each, and what they share once', async (t) => {
  const cover = closed
    .replace('kind: NetworkPolicy', 'kind: GlobalNetworkPolicy')
    .replace(', namespace: shop', '');
  const { read, tollgate } = commandLine(t, {
    'a/web.yaml': deployment('web'),
    'b/web.yaml': deployment('web', { team: 'b' }),
    'shared.yaml': deployment('api') + '---\n' + cover,
  });
  const { exitCode, stderr } = await tollgate(['fix', '--unsafe']);
  t.equal(exitCode, 0, stderr);
  for (const file of ['a/web.yaml', 'b/web.yaml', 'shared.yaml'])
    t.equal(read(file).match(/linkerd\.io\/inject: enabled/g)?.length, 1, file);
  t.match((await tollgate(['check'])).stdout, /^no findings/);
});
