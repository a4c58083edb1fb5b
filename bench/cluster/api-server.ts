import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { createFakeApiServer } from '../../test/support/fake-api-server.ts';
import { podsOf } from './pods.ts';
import { worldOf } from './world.ts';

/** The API server of a cluster of so many namespaces, in a process of its own: `node api-server.ts NAMESPACES HAS_WORKLOADS PODS`. */
const validity = { now: new Date(), days: 1 };
const authority = await issueAuthority(validity);
const { certificate: cert, key } = await issueServing({ ...validity, authority, hosts: ['127.0.0.1'] });
const api = await createFakeApiServer({ cert, key });
const kinds: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  '/v1': [
    ['namespaces', 'Namespace'],
    ['serviceaccounts', 'ServiceAccount'],
    ['services', 'Service'],
    ['pods', 'Pod'],
    ['replicationcontrollers', 'ReplicationController'],
    ['configmaps', 'ConfigMap'],
  ],
  'admissionregistration.k8s.io/v1': [
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'],
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'],
  ],
  'apiregistration.k8s.io/v1': [['apiservices', 'APIService']],
  'apps/v1': [
    ['deployments', 'Deployment'],
    ['statefulsets', 'StatefulSet'],
    ['daemonsets', 'DaemonSet'],
    ['replicasets', 'ReplicaSet'],
  ],
  'batch/v1': [
    ['jobs', 'Job'],
    ['cronjobs', 'CronJob'],
  ],
  'networking.k8s.io/v1': [['networkpolicies', 'NetworkPolicy']],
  'projectcalico.org/v3': [
    ['globalnetworkpolicies', 'GlobalNetworkPolicy'],
    ['networkpolicies', 'NetworkPolicy'],
    ['tiers', 'Tier'],
    ['clusterinformations', 'ClusterInformation'],
  ],
};
for (const [groupVersion, served] of Object.entries(kinds)) {
  const [group = '', version = ''] = groupVersion.split('/');
  api.serve(...served.map(([resource, kind]) => ({ group, version, resource, kind })));
}
// One by one: a call takes some 100,000 arguments at most.
for (const object of worldOf(Number(process.argv[2]), process.argv[3] === 'true')) api.put(object);
for (const pod of podsOf(Number(process.argv[2]), Number(process.argv[4] ?? 0))) api.put(pod);
process.send?.({ url: api.url, authority: authority.certificate });
