import t from 'tap';
import { createCollection } from '../../src/cluster/follow/collection.ts';
import type { Change } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

/** Two objects under one name, as Calico's API server shows a policy and its copy while it is stored under a new name. */
const policy = (uid: string, resourceVersion: string): KubernetesObject => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'guard', uid, resourceVersion },
});
const [old, copy] = [policy('old', '9'), policy('copy', '10')];

function collection() {
  const told: Change[] = [];
  const made = createCollection({ project: (object) => object, onChange: (change) => told.push(change) });
  return { ...made, told };
}

t.test('a list keeps the one that was written last, whatever its order', async (t) => {
  for (const listed of [
    [old, copy],
    [copy, old],
  ]) {
    const { collect, replace, values } = collection();
    const next = new Map<string, KubernetesObject>();
    for (const object of listed) collect(next, object);
    replace(next);
    t.same([...values()], [copy]);
  }
});

t.test('a watch does not lose the copy by the deletion of the old one', async (t) => {
  const { apply, values, told } = collection();
  apply([{ type: 'ADDED', object: old, version: '9' }]);
  apply([
    { type: 'ADDED', object: copy, version: '10' },
    {
      type: 'DELETED',
      object: { ...old, metadata: { ...old.metadata, resourceVersion: '11' } },
      version: '11',
    },
  ]);
  t.same([...values()], [copy]);
  apply([{ type: 'DELETED', object: old, version: '12' }]);
  t.same([...values()], [copy], 'nor later');
  t.equal(told.length, 2);
  apply([{ type: 'DELETED', object: copy, version: '13' }]);
  t.same([...values()], []);
});
