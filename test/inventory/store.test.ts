import t from 'tap';
import type { PolicyWorldOptions } from '../../src/calico/index.ts';
import { overlay } from '../../src/inventory/overlay.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';

const policy = (name: string, metadata: object = {}) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name, ...metadata },
  spec: {},
});

t.test('the policy world is that of the Calico that is in force now', async (t) => {
  let calico: PolicyWorldOptions = { mode: 'raw' };
  const objects = [policy('stays'), policy('leaves', { deletionTimestamp: '2026-11-21T12:00:00Z' })];
  const { inventory, setCalico } = createInventoryStore({ mode: 'v3crd' }, objects);
  t.same(inventory.policyWorld.options, { mode: 'v3crd' });
  t.same(inventory.lastingWorld.options, { mode: 'v3crd' });

  setCalico(() => calico);
  t.same(inventory.lastingWorld.options, { mode: 'raw' });
  t.same(
    Array.from(inventory.lastingWorld.policies, ({ name }) => name),
    ['stays'],
  );
  t.same(inventory.policyWorld.options, { mode: 'raw' });

  calico = { mode: 'raw', version: '3.29' };
  t.equal(inventory.policyWorld.traits.tierFromName, true, 'without another word');
  t.equal(inventory.lastingWorld.traits.tierFromName, true);
  const world = inventory.policyWorld;
  calico = { ...calico };
  t.equal(inventory.policyWorld, world, 'and what is the same is not built again');
});

t.test('what is asked for twice is the same list until something in it changes', async (t) => {
  const workload = (name: string, namespace: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { template: { spec: { containers: [] } } },
  });
  const { apply, inventory } = createInventoryStore({ mode: 'v3crd' }, [workload('web', 'shop')]);
  const [shop, mall] = [inventory.workloads('shop'), inventory.workloads('mall')];
  apply({ put: [workload('till', 'mall'), policy('deny')] });
  t.equal(inventory.workloads('shop'), shop, 'what changes elsewhere is nothing to it');
  t.not(inventory.workloads('mall'), mall);
  const beside = overlay(inventory, { put: [workload('car', 'mall')] });
  t.equal(beside.workloads('shop'), shop);
  t.same(
    Array.from(beside.workloads('mall'), ({ metadata }) => metadata.name),
    ['till', 'car'],
  );
  apply({ remove: [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }] });
  t.same([...inventory.workloads('shop')], []);
  t.same(
    Array.from(shop, ({ metadata }) => metadata.name),
    ['web'],
    'who is still reading is not disturbed',
  );
});

t.test('a policy that a change shows on its way out lasts no longer', async (t) => {
  const leaving = policy('leaves', { deletionTimestamp: '2026-11-21T12:00:00Z' });
  const lasting = (known: object[], put: object) => {
    const { inventory } = createInventoryStore({ mode: 'v3crd' }, known as (typeof leaving)[]);
    const { policyWorld, lastingWorld } = overlay(inventory, { put: [put as typeof leaving] });
    return [policyWorld, lastingWorld].map(({ policies }) =>
      Array.from(policies, ({ name }) => name).toSorted(),
    );
  };
  const stays = policy('stays');
  t.same(
    lasting([stays, policy('leaves')], leaving),
    [['leaves', 'stays'], ['stays']],
    'it was just deleted',
  );
  t.same(lasting([stays, leaving], leaving), [['leaves', 'stays'], ['stays']], 'it is changed once more');
  t.same(lasting([leaving], stays), [['leaves', 'stays'], ['stays']], 'something else is');
});
