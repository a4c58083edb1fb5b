import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { findingsAmong, told } from '../support/findings.ts';
import { deployment } from '../support/objects.ts';

const lock = (account: string): KubernetesObject => ({
  apiVersion: 'policy.linkerd.io/v1alpha1',
  kind: 'AuthorizationPolicy',
  metadata: { name: 'orders', namespace: 'shop' },
  spec: {
    targetRef: { kind: 'Namespace', name: 'shop' },
    requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: account }],
  },
});
const dangling = (...objects: readonly KubernetesObject[]) =>
  told(findingsAmong('mesh/authorization-dangling', objects)).length;

t.test('files tell of an identity that the workload it is meant for does not have', async (t) => {
  const web = deployment('web', 'shop');
  const asWeb = deployment('web', 'shop', {}, { serviceAccountName: 'web' });
  t.equal(dangling(lock('web'), web), 1, 'it runs as default');
  t.equal(dangling(lock('web'), asWeb), 0);
  t.equal(dangling(lock('elsewhere'), web), 0, 'it may be in other files');
  t.equal(dangling(lock('<account>')), 1, 'a placeholder is no name');
});
