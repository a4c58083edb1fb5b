import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chartFolder } from './chart.ts';
import { type Rendered, rendered, webhooksOf } from './rendered.ts';

/** Values add to what is built in: nobody loses kube-system by excluding one namespace more. */
const governed = 'validate.tollgate.dev';
const excluded = (chart: Rendered, webhook = governed) =>
  webhooksOf(chart)
    .get(webhook)
    ?.namespaceSelector.matchExpressions?.find(({ key }) => key === 'kubernetes.io/metadata.name')?.values ??
  [];
const condition = (chart: Rendered, name: string, webhook = governed) =>
  webhooksOf(chart)
    .get(webhook)
    ?.matchConditions.find((one) => one.name === name)?.expression ?? '';

const plain = rendered({});
const builtIn = excluded(plain);

t.test('one namespace more, by either name of the value, takes none away', async (t) => {
  for (const key of ['extraNamespaces', 'namespaces']) {
    const chart = rendered({ webhooks: { exclude: { [key]: ['platform', 'kube-system'] } } });
    t.same(excluded(chart), [...builtIn, 'platform'].toSorted(), key);
    t.same(excluded(chart, 'system.validate.tollgate.dev'), excluded(chart), `${key}: its labels are seen`);
  }
  t.ok(builtIn.includes('tollgate-system'));
});

t.test('the same for users and groups', async (t) => {
  const chart = rendered({
    webhooks: {
      exclude: { extraUsers: ['bob'], users: ['ann'], extraGroups: ['b-team'], groups: ['a-team'] },
    },
  });
  const users = condition(chart, 'not-an-excluded-user');
  for (const user of ['namespace-controller', 'calico-kube-controllers', '"ann"', '"bob"'])
    t.match(users, user);
  const groups = condition(chart, 'not-an-excluded-group');
  for (const group of ['system:serviceaccounts:calico-apiserver', '"a-team"', '"b-team"'])
    t.match(groups, group);
});

t.test('of pods only the users of the values are excluded', async (t) => {
  const pods = 'pods.validate.tollgate.dev';
  t.equal(condition(plain, 'not-an-excluded-user', pods), '');
  const chart = rendered({ webhooks: { exclude: { extraUsers: ['bob'], extraGroups: ['b-team'] } } });
  t.equal(condition(chart, 'not-an-excluded-user', pods), '!(request.userInfo.username in ["bob"])');
  t.match(condition(chart, 'not-an-excluded-group', pods), 'group in ["b-team"]');
});

t.test('a built-in one is judged where it is included by name, and only such can be', async (t) => {
  const chart = rendered({
    webhooks: { include: { namespaces: ['cert-manager'], users: ['system:kube-controller-manager'] } },
  });
  t.same(
    excluded(chart),
    builtIn.filter((name) => name !== 'cert-manager'),
  );
  t.notMatch(condition(chart, 'not-an-excluded-user'), 'system:kube-controller-manager');
  const unknown = rendered({ webhooks: { include: { namespaces: ['cert-manger'] } } });
  t.equal(unknown.code, 1);
  t.match(
    unknown.stderr,
    'webhooks.include.namespaces names "cert-manger", which is not excluded by default',
  );
  t.equal(rendered({ webhooks: { include: { namespaces: ['tollgate-system'] } } }).code, 1, 'nor its own');
});

t.test('conditions of the values are added to those of every webhook', async (t) => {
  const own = { name: 'not-a-robot', expression: 'request.userInfo.username != "robot"' };
  const chart = rendered({ webhooks: { matchConditions: [own] } });
  t.equal(webhooksOf(chart).size, 6);
  for (const [name, { matchConditions }] of webhooksOf(chart)) {
    t.same(
      matchConditions.filter(({ name }) => name === own.name),
      [own],
      name,
    );
    const before = webhooksOf(plain).get(name)?.matchConditions ?? [];
    t.equal(matchConditions.length, before.length + 1, `${name} keeps its own`);
  }
});

t.test('the comment of the value names what is built in', async (t) => {
  const comment = readFileSync(join(chartFolder, 'values.yaml'), 'utf8');
  const named = /besides the built-in ones: ([^.]*) and the release/.exec(
    comment.replaceAll(/\n\s*# /g, ' '),
  )?.[1];
  t.same(
    named?.split(', ').toSorted(),
    builtIn.filter((name) => name !== 'tollgate-system'),
  );
});
