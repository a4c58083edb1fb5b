import t from 'tap';
import { checkPolicy, createPolicyWorld, findPolicy, validatePolicy } from '../../src/calico/index.ts';

const policy = (name: string, spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkPolicy',
  metadata: { name },
  spec,
});

t.test('until 3.31 a name says its tier, and what does not is refused', (t) => {
  const shut = policy('shut', { tier: 'platform', types: ['Ingress'] });
  t.match(validatePolicy(shut, { version: 'v3.31.2' }), [
    { pointer: '/metadata/name', expected: 'metadata.name: platform.shut' },
  ]);
  t.same(validatePolicy(shut, { version: '3.32' }), []);
  t.same(validatePolicy(shut), [], 'nobody knows the version');
  t.same(validatePolicy({ ...shut, apiVersion: 'crd.projectcalico.org/v1' }, { version: '3.31' }), []);
  t.same(validatePolicy(policy('platform.shut', shut.spec), { version: '3.31' }), []);
  t.match(validatePolicy(policy('a.b', {}), { version: '3.30' }), [{ expected: 'metadata.name: default.b' }]);
  t.end();
});

t.test('what native resources take and Felix drops is no policy', (t) => {
  const odd = policy('odd', { selector: 'app = web', types: ['Ingress'] });
  t.same(validatePolicy(odd, { mode: 'v3crd' }), []);
  t.match(checkPolicy(odd, { mode: 'v3crd' }).problems, [{ pointer: '/spec/selector' }]);
  const world = createPolicyWorld([odd], { mode: 'v3crd' });
  t.equal(findPolicy(world, { apiVersion: odd.apiVersion, kind: odd.kind, name: 'odd' })?.problems.length, 1);
  t.match(validatePolicy(policy('none', { types: [] }), { mode: 'v3crd' }), [{ pointer: '/spec/types' }]);
  t.same(validatePolicy(policy('none', { types: [] })), []);
  t.end();
});
