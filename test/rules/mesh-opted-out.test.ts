import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf, type Judging } from '../support/judged.ts';
import { deployment, namespace, networkPolicy } from '../support/objects.ts';

/** A container with ports, one of them probed; its image is called as its workload. */
const containers = (image: string) => [
  {
    name: 'app',
    image,
    ports: [{ name: 'http', containerPort: 9092 }, { containerPort: 5432 }],
    readinessProbe: { httpGet: { port: 9092, path: '/ready' } },
  },
];
type Maker = (name: string, annotations?: StringMap) => KubernetesObject;

const linkerdPolicy = (kind: string, spec: object): KubernetesObject => ({
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind,
  metadata: { name: 'web', namespace: 'shop' },
  spec,
});
const server = linkerdPolicy('Server', { podSelector: { matchLabels: { app: 'web' } }, port: 9092 });
const route = linkerdPolicy('HTTPRoute', {
  parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
});
const service: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'web',
    namespace: 'shop',
    annotations: { 'config.linkerd.io/opaque-ports': '9092' },
  },
  spec: { selector: { app: 'web' }, ports: [{ name: 'web', port: 9092 }] },
};
const noWayOut = networkPolicy('closed', 'shop', { types: ['Egress'] });
const gateFor = (port: number) =>
  networkPolicy('gate', 'shop', {
    selector: 'app == "web"',
    types: ['Ingress'],
    ingress: [
      {
        action: 'Allow',
        protocol: 'TCP',
        source: { selector: 'app == "client"' },
        destination: { ports: [port] },
      },
    ],
  });

/** What a rule of the mesh says something about, made of pods that are in the mesh or opt out of it. */
const cases: readonly (readonly [string, string, (of: Maker) => readonly [KubernetesObject, Judging?]])[] = [
  ['mesh/control-plane-blocked', 'a workload', (of) => [of('web'), { among: [noWayOut] }]],
  [
    'mesh/control-plane-blocked',
    'a policy that comes',
    (of) => [noWayOut, { among: [namespace('shop'), of('web')], operation: 'CREATE' }],
  ],
  [
    'mesh/opaque-ports',
    'a list that takes default ports away',
    (of) => [of('web', { 'config.linkerd.io/opaque-ports': '27017' })],
  ],
  ['mesh/opaque-ports', 'a Service', (of) => [service, { among: [of('web')] }]],
  [
    'mesh/opaque-ports',
    'a workload that comes behind a Service',
    (of) => [of('web'), { among: [service], operation: 'CREATE' }],
  ],
  ['mesh/probe-authorization', 'a probe', (of) => [of('web'), { among: [server, route] }]],
  [
    'mesh/server-missing',
    'a port',
    (of) => [of('web'), { set: conventions({ rules: { 'mesh/server-missing': 'warn' } }) }],
  ],
  [
    'mesh/port-4143-needs-authorization',
    'an open port of the proxy',
    (of) => [of('web'), { among: [gateFor(4143)] }],
  ],
  ['mesh/proxy-port-blocked', 'a gate', (of) => [gateFor(9092), { among: [of('web'), of('client')] }]],
  ['data/opaque', 'a store', (of) => [of('kafka')]],
];

t.test('pods that opt out of the mesh are not blamed for what only meshed pods need', async (t) => {
  const maker =
    (inject: string): Maker =>
    (name, annotations = {}) =>
      deployment(
        name,
        'shop',
        { annotations: { 'linkerd.io/inject': inject, ...annotations } },
        { containers: containers(name) },
      );
  for (const [rule, what, make] of cases) {
    t.not(findingsOf(rule, ...make(maker('enabled'))).length, 0, `${rule}: ${what}, in the mesh`);
    t.same(findingsOf(rule, ...make(maker('disabled'))), [], `${rule}: ${what}, outside it`);
  }
});
