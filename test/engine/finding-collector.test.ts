import t from 'tap';
import { combineFindings, shownCount } from '../../src/engine/audit-findings.ts';
import { createFindingCollector } from '../../src/engine/finding-collector.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';

const bounds = {
  deny: { ofNamespace: 8, inAll: 12 },
  warn: { ofNamespace: 2, inAll: 4 },
  waived: { ofNamespace: 1, inAll: 1 },
};

function finding(name: string, more: Partial<JudgedFinding> = {}): JudgedFinding {
  const object = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name };
  return { rule: 'mesh/opt-out', object, pointer: '', message: `${name} is out`, action: 'deny', ...more };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `pod-${index}`);

t.test('of a namespace so many are shown, the worst first, and all are counted', async (t) => {
  const collector = createFindingCollector(bounds);
  const waiver = { name: 'w', owner: 'o', reason: 'r', until: '2027-01-01' };
  for (const name of names(3)) collector.add({ namespace: 'shop', finding: finding(name, { waiver }) });
  for (const name of names(5))
    collector.add({
      namespace: 'shop',
      finding: finding(name, { action: 'warn', message: 'x'.repeat(5000) }),
    });
  for (const name of names(20)) collector.add({ namespace: 'shop', finding: finding(name) });
  const { namespaces, counts } = collector.result();
  const shop = namespaces.get('shop');
  t.equal(shop?.total, 28);
  t.same(
    shop?.shown.map(({ action }) => action),
    [...names(8).map(() => 'deny'), 'warn', 'warn', 'waived'],
  );
  t.equal(shop && shownCount(shop), 11);
  t.equal(shop?.shown[8]?.message.length, 1000);
  t.same(counts, [
    { rule: 'mesh/opt-out', action: 'waived', count: 3 },
    { rule: 'mesh/opt-out', action: 'warn', count: 5 },
    { rule: 'mesh/opt-out', action: 'deny', count: 20 },
  ]);
});

t.test('one namespace does not keep the others from being named', async (t) => {
  const collector = createFindingCollector(bounds);
  const islands = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const namespace of islands)
    for (const name of names(8)) collector.add({ namespace, finding: finding(name) });
  const { namespaces } = collector.result();
  const shown = islands.map((namespace) => namespaces.get(namespace)?.shown.length ?? 0);
  t.ok(
    shown.every((count) => count > 0),
    shown.join(),
  );
  t.ok(shown.reduce((sum, count) => sum + count, 0) <= 12, shown.join());
  t.ok([...namespaces.values()].every(({ total }) => total === 8));
});

t.test('what is too much for one each is only counted', async (t) => {
  const collector = createFindingCollector(bounds);
  for (const namespace of names(100)) collector.add({ namespace, finding: finding('quiet') });
  const { namespaces } = collector.result();
  const shown = [...namespaces.values()].filter((one) => one.shown.length > 0);
  t.equal(shown.length, 12);
  t.equal(namespaces.size, 100);
});

t.test('findings of one group are one that counts, and parts are put together', async (t) => {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const pods = createFindingCollector(bounds);
  for (const name of names(500))
    pods.add({ namespace: 'shop', finding: finding(name), uid: name, group: { key: 'web', owner } });
  const objects = createFindingCollector(bounds);
  objects.add({ namespace: 'shop', finding: finding('web', { action: 'warn' }) });
  objects.add({ namespace: '', finding: finding('closed') });
  const { namespaces, counts } = combineFindings([objects.result(), pods.result()]);
  t.match(namespaces.get('shop'), {
    total: 501,
    shown: [
      { action: 'deny', count: 500, uid: 'pod-0', owner },
      { action: 'warn', count: 1 },
    ],
  });
  t.match(namespaces.get(''), { total: 1, shown: [{ count: 1 }] });
  t.same(counts, [
    { rule: 'mesh/opt-out', action: 'warn', count: 1 },
    { rule: 'mesh/opt-out', action: 'deny', count: 501 },
  ]);
});

t.test(
  'findings are counted by the convention of the namespace that suffers, whatever is shown',
  async (t) => {
    const parts = ['shop', 'yard'].map((space) => {
      const collector = createFindingCollector(bounds, (namespace) => (namespace === 'shop' ? 'plain' : ''));
      for (const name of names(20)) collector.add({ namespace: space, finding: finding(name) });
      collector.add({ namespace: 'shop', finding: finding('web') });
      return collector.result();
    });
    const one = { rule: 'mesh/opt-out', action: 'deny' };
    t.same(parts[1]?.byConvention, [
      { convention: '', ...one, count: 20 },
      { convention: 'plain', ...one, count: 1 },
    ]);
    const { byConvention, counts } = combineFindings(parts);
    t.same(byConvention, [
      { convention: 'plain', ...one, count: 22 },
      { convention: '', ...one, count: 20 },
    ]);
    t.same(counts, [{ ...one, count: 42 }]);
  },
);
