import t from 'tap';
import type { PolicyWorldOptions } from '../../src/calico/index.ts';
import { createInventoryStore } from '../../src/inventory/store.ts';

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
