import t from 'tap';
import { startGatedCluster } from './gated-cluster.ts';
import { denyAll, denyAllIn, named, namespace } from './objects.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';

/** Behind Calico's own API server no deletion is reviewed but that of what it stores, which it makes itself. */
for (const [version, storedName] of [
  ['v3.31.7', 'default.guard'],
  ['v3.32.1', 'guard'],
] as const) {
  t.test(version, async (t) => {
    const cluster = await startGatedCluster({
      customResources: ['calico/v1', 'linkerd'],
      calicoApiServer: version,
    });
    t.teardown(() => cluster.stop());
    const { kubectl, controlPlane } = cluster;
    const create = (object: object) =>
      kubectl(['create', '--validate=false', '-f', '-'], { stdin: JSON.stringify(object) });
    const remove = (...args: string[]) => kubectl(['delete', '--wait=false', ...args]);
    const globals = 'globalnetworkpolicies.projectcalico.org';
    /** The view follows what is written, a moment later. */
    const createsNamespace = (name: string) =>
      until(`namespace ${name} to be closed`, async () => (await create(namespace(name))).code === 0);

    t.test('the last default-deny stays', async (t) => {
      accepted(t, await create(denyAll('guard', named('shop'))));
      await createsNamespace('shop');
      const at = `/apis/crd.projectcalico.org/v1/globalnetworkpolicies/${storedName}`;
      t.ok(await controlPlane.api.get(at), 'stored under its name');
      refused(
        t,
        await remove(`${globals}/guard`),
        'connection is unauthorized: admission webhook "validate.tollgate.dev" denied the request: gate/default-deny-lost: GlobalNetworkPolicy "guard": without it, ingress and egress are no longer denied by default in namespace "shop"',
        'apply the replacement first, then make this change',
      );
      t.ok(await controlPlane.api.get(at));
      refused(t, await remove(globals, '--all'), 'gate/default-deny-lost');
    });

    t.test('with its replacement there it may go', async (t) => {
      accepted(t, await create(denyAllIn('shop', 'own')));
      await until('the first to go', async () => (await remove(`${globals}/guard`)).code === 0);
      refused(
        t,
        await remove('networkpolicies.projectcalico.org/own', '--namespace=shop'),
        'NetworkPolicy "shop/own": without it',
      );
    });

    t.test('a namespace goes with all its policies', async (t) => {
      accepted(t, await remove('namespace/shop'));
      await until(
        'namespace "shop" to be gone',
        async () => (await controlPlane.api.get('/api/v1/namespaces/shop')) === undefined,
      );
      t.equal(
        await controlPlane.api.get('/apis/crd.projectcalico.org/v1/namespaces/shop/networkpolicies/own'),
        undefined,
      );
    });
  });
}
