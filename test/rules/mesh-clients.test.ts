import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { told } from '../support/judged.ts';

const rule = 'mesh/client-without-identity';
const shop = (policy: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'shop',
    annotations: { 'linkerd.io/inject': 'enabled', 'config.linkerd.io/default-inbound-policy': policy },
  },
});
const service = (type: string | undefined, port: object = { port: 443, targetPort: 'https' }) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'edge', namespace: 'shop' },
  spec: { ...(type ? { type } : {}), selector: { app: 'edge' }, ports: [port] },
});
const edge = (annotations: object = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'edge', namespace: 'shop' },
  spec: {
    template: {
      metadata: { labels: { app: 'edge' }, annotations },
      spec: { containers: [{ name: 'edge', ports: [{ name: 'https', containerPort: 8443 }] }] },
    },
  },
});
const policy = (kind: string, name: string, spec: object): KubernetesObject => ({
  apiVersion: kind === 'Server' ? 'policy.linkerd.io/v1beta3' : 'policy.linkerd.io/v1alpha1',
  kind,
  metadata: { name, namespace: 'shop' },
  spec,
});
const server = policy('Server', 'edge', { podSelector: {}, port: 'https' });
const authorized = (kind: string) =>
  policy('AuthorizationPolicy', 'edge', {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'edge' },
    requiredAuthenticationRefs: [
      kind === 'ServiceAccount'
        ? { kind, name: 'web' }
        : { group: 'policy.linkerd.io', kind, name: 'outside' },
    ],
  });
const everywhere = policy('NetworkAuthentication', 'outside', { networks: [{ cidr: '0.0.0.0/0' }] });
const office = policy('NetworkAuthentication', 'outside', { networks: [{ cidr: '203.0.113.0/24' }] });

t.test('clients from outside, by the Service that they come by', async (t) => {
  const closed = shop('all-authenticated');
  const cases: readonly (readonly [string, KubernetesObject, readonly KubernetesObject[], boolean])[] = [
    ['a LoadBalancer, authenticated', service('LoadBalancer'), [closed, edge()], true],
    ['a NodePort, denied', service('NodePort'), [shop('deny'), edge()], true],
    ['inside the cluster', service(undefined), [closed, edge()], false],
    ['open', service('LoadBalancer'), [shop('all-unauthenticated'), edge()], false],
    ['audited', service('LoadBalancer'), [shop('audit'), edge()], false],
    [
      'open to the cluster, where a node may stand in',
      service('LoadBalancer'),
      [shop('cluster-unauthenticated'), edge()],
      false,
    ],
    [
      'for ServiceAccounts',
      service('LoadBalancer'),
      [shop('audit'), edge(), server, authorized('ServiceAccount')],
      true,
    ],
    [
      'for everybody',
      service('LoadBalancer'),
      [closed, edge(), server, authorized('NetworkAuthentication'), everywhere],
      false,
    ],
    [
      'for some networks',
      service('LoadBalancer'),
      [closed, edge(), server, authorized('NetworkAuthentication'), office],
      false,
    ],
    [
      'past the proxy',
      service('LoadBalancer'),
      [closed, edge({ 'config.linkerd.io/skip-inbound-ports': '8443' })],
      false,
    ],
    ['without a proxy', service('LoadBalancer'), [closed, edge({ 'linkerd.io/inject': 'disabled' })], false],
    [
      'to other pods',
      {
        ...service('LoadBalancer'),
        spec: { type: 'LoadBalancer', selector: { app: 'db' }, ports: [{ port: 443, targetPort: 'https' }] },
      },
      [closed, edge()],
      false,
    ],
    [
      'a name that no port has',
      service('LoadBalancer', { port: 443, targetPort: 'web' }),
      [closed, edge()],
      false,
    ],
    [
      "the proxy's own port, as at a multicluster gateway",
      service('LoadBalancer', { port: 4143 }),
      [closed, edge()],
      false,
    ],
    ['by UDP', service('LoadBalancer', { port: 8443, protocol: 'UDP' }), [closed, edge()], false],
  ];
  for (const [name, object, among, expected] of cases)
    t.equal(told(rule, object, { among }).length, expected ? 1 : 0, name);
});

t.test('the API server, by what has it call a Service', async (t) => {
  const among = [shop('all-authenticated'), edge(), service(undefined)];
  const at = { name: 'edge', namespace: 'shop' };
  const hooks = (kind: string, ...webhooks: readonly object[]): KubernetesObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: 'hooks' },
    webhooks,
  });
  const spec = (apiVersion: string, kind: string, spec: object): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name: 'it' },
    spec,
  });
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: { service: at } } };
  const cases: readonly (readonly [string, KubernetesObject, number])[] = [
    ['validation', hooks('ValidatingWebhookConfiguration', { name: 'a', clientConfig: { service: at } }), 1],
    [
      'mutation, the second of two',
      hooks(
        'MutatingWebhookConfiguration',
        { name: 'a', clientConfig: { url: 'https://a' } },
        { name: 'b', clientConfig: { service: at } },
      ),
      1,
    ],
    [
      'another port of the Service',
      hooks('ValidatingWebhookConfiguration', {
        name: 'a',
        clientConfig: { service: { ...at, port: 8080 } },
      }),
      0,
    ],
    [
      'another namespace',
      hooks('ValidatingWebhookConfiguration', {
        name: 'a',
        clientConfig: { service: { ...at, namespace: 'pay' } },
      }),
      0,
    ],
    ['an aggregated API', spec('apiregistration.k8s.io/v1', 'APIService', { service: at }), 1],
    ['an API of its own', spec('apiregistration.k8s.io/v1', 'APIService', {}), 0],
    ['a conversion', spec('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { conversion }), 1],
    ['no conversion', spec('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {}), 0],
    ['a reference that is none', spec('apiregistration.k8s.io/v1', 'APIService', { service: [] }), 0],
  ];
  for (const [name, object, expected] of cases) t.equal(told(rule, object, { among }).length, expected, name);
  t.match(
    told(rule, hooks('ValidatingWebhookConfiguration', { name: 'a', clientConfig: { service: at } }), {
      among,
    }),
    [
      /"hooks": the API server has no mesh identity, so port 8443 of Deployment "shop\/edge" refuses its webhook a/,
    ],
  );
});

t.test('a port that is open for such clients gets no advice that nobody can follow', async (t) => {
  const world = [shop('deny'), edge(), server, everywhere];
  const opened = authorized('NetworkAuthentication');
  const hook: KubernetesObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'hooks' },
    webhooks: [{ name: 'a', clientConfig: { service: { name: 'edge', namespace: 'shop' } } }],
  };
  const told1 = (among: readonly KubernetesObject[]) =>
    told('mesh/authorization-any-identity', opened, { among }).length;
  t.equal(told1([...world, service('NodePort')]), 0, 'from outside');
  t.equal(told1([...world, service(undefined), hook]), 0, 'a webhook');
  t.equal(told1([...world, service(undefined)]), 1, 'inside the cluster');
});
