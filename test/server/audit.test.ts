import t from 'tap';
import { createAuditLoop } from '../../src/application/serve/audit/audit-loop.ts';
import { auditCluster, type Audit } from '../../src/engine/audit.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { conventions } from '../support/conventions.ts';
import { createManualSchedule, type ManualSchedule } from '../support/manual-schedule.ts';
import { deployment, globalNetworkPolicy, namespace } from '../support/objects.ts';

const now = new Date('2026-11-21T12:00:00Z');
const waiver = {
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'Waiver',
  metadata: { name: 'old-shop' },
  spec: {
    rules: ['gate/default-deny-missing'],
    match: { namespaces: ['open'] },
    owner: 'team-shop',
    reason: 'closed next quarter',
    until: '2026-12-31',
  },
};
const set = conventions({}, waiver);
const closing = globalNetworkPolicy('closed', {
  namespaceSelector: 'kubernetes.io/metadata.name == "closed"',
  types: ['Ingress', 'Egress'],
});
const objects = [
  namespace('closed'),
  namespace('open'),
  { ...namespace('leaving'), metadata: { name: 'leaving', deletionTimestamp: '2026-11-21T11:00:00Z' } },
  deployment('car', 'open'),
  closing,
];

function whole(steps: Generator<undefined, Audit>): Audit {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

t.test('counts the governed namespaces by coverage, and what waivers cover', async (t) => {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
  const { coverage, waived, notClosed } = whole(auditCluster(inventory, set, now));
  t.same(
    coverage,
    ['ingress', 'egress'].flatMap((direction) => [
      { direction, coverage: 'closed', count: 1 },
      { direction, coverage: 'open', count: 1 },
      { direction, coverage: 'unknown', count: 0 },
    ]),
  );
  t.same([...waived.keys()], ['old-shop']);
  t.match(waived.get('old-shop'), { objects: 1, namespaces: new Set(['open']) });
  t.equal(notClosed.size, 0, 'what is waived is nothing to tell');
  const later = whole(auditCluster(inventory, set, new Date('2027-01-01T00:00:00Z')));
  t.equal(later.waived.size, 0, 'a waiver that has ended covers nothing');
  t.match([...later.notClosed], [['open', { rule: 'gate/default-deny-missing' }]]);
});

/** So many that an audit takes long. */
function manyIslands(): Inventory {
  const many = Array.from({ length: 120 }, (_, index) => deployment(`car-${index}`, `island-${index}`));
  const islands = many.map(({ metadata }) => namespace(metadata.namespace ?? ''));
  return createInventoryStore({ mode: 'v3crd' }, [...islands, ...many, closing]).inventory;
}

function loopOver(
  inventory: Inventory,
  schedule: ManualSchedule,
  onAudit: () => void,
  isWanted = () => true,
) {
  return createAuditLoop({ inventory, conventions: () => set, isWanted, now: () => now, schedule, onAudit });
}

t.test('rests in a long audit, so that reviews come first', async (t) => {
  const schedule = createManualSchedule();
  schedule.hold();
  const loop = loopOver(manyIslands(), schedule, () => t.fail('nobody has let it go on'));
  loop.start();
  await schedule.pausing(10);
  t.equal(loop.last(), undefined);
  await loop.close();
});

t.test('pauses after a long audit for nine times the work that it was, rests not counted', async (t) => {
  const schedule = createManualSchedule();
  const begun = performance.now();
  let took = 0;
  const loop = loopOver(manyIslands(), schedule, () => {
    took = performance.now() - begun;
  });
  t.teardown(loop.close);
  loop.start();
  await schedule.pausing(60_000);
  const rests = schedule.pauses.slice(0, -1);
  t.ok(rests.length > 1 && rests.every((pause) => pause === 10), `${rests.length} rests`);
  const [pause = 0] = schedule.pauses.slice(-1);
  t.ok(pause >= 1000 && pause <= 1000 + 10 * took, `${pause} ms after ${took} ms`);
});

t.test('audits on a change and by time, where it is wanted', async (t) => {
  const store = createInventoryStore({ mode: 'v3crd' }, objects);
  const schedule = createManualSchedule();
  let [wanted, audits] = [true, 0];
  const counts = () => {
    audits += 1;
  };
  const loop = loopOver(store.inventory, schedule, counts, () => wanted);
  t.teardown(loop.close);
  loop.start();
  await schedule.pausing(60_000);
  t.equal(audits, 1);
  const open = () => loop.last()?.coverage.find(({ coverage }) => coverage === 'open')?.count;
  t.equal(open(), 1);
  store.apply({ remove: [{ apiVersion: closing.apiVersion, kind: closing.kind, name: 'closed' }] });
  loop.wake();
  await schedule.pausing(60_000);
  t.equal(open(), 2);
  schedule.elapse(60_000);
  await schedule.pausing(60_000);
  t.equal(audits, 3);
  wanted = false;
  t.equal(loop.last(), undefined, 'numbers of a former leader are no numbers');
});
