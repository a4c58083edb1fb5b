import { path } from './paths.ts';
import { closed, partnersSpec, unreadableSpec } from './policies.ts';
import type { Operation } from './operation.ts';

/** What is there before the gate: a namespace for each way of being closed, an undecided one, and two on hold. */
export const startingPoint: readonly Operation[] = [
  namespace('shop', { team: 'red' }),
  global('g-shop', named('shop')),
  namespace('orders', { team: 'blue' }),
  inNamespace('orders', 'closed', closed),
  namespace('lab', { gate: 'shut', team: 'red' }),
  namespace('gate', { gate: 'shut' }),
  global('g-shut', 'gate == "shut"'),
  namespace('fog', { team: 'red' }),
  inNamespace('fog', 'closed', closed),
  inNamespace('fog', 'mist', unreadableSpec),
  namespace('born', { born: 'closed', 'tollgate.dev/default-deny': 'enforced' }),
  namespace('bank', { mode: 'hold' }),
  namespace('depot', { mode: 'hold' }),
  inNamespace('depot', 'closed', closed),
  inNamespace('shop', 'partners', partnersSpec),
  set('orders', 'branch', { role: 'partner' }, ['192.0.2.7/32']),
  create('tier', path('calico', 'tiers'), {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Tier',
    metadata: { name: 'front%' },
    spec: { order: 50, defaultAction: 'Pass' },
  }),
];

function named(name: string): string {
  return `kubernetes.io/metadata.name == "${name}%"`;
}

function create(what: string, at: string, body: object): Operation {
  return { what: `create ${what}`, user: 'before', method: 'POST', path: at, body };
}

function namespace(name: string, labels: object): Operation {
  return create('namespace', path('core', 'namespaces'), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `${name}%`, labels },
  });
}

function global(name: string, namespaceSelector: string): Operation {
  return create('GlobalNetworkPolicy', path('calico', 'globalnetworkpolicies'), {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `${name}%` },
    spec: { namespaceSelector, types: ['Ingress', 'Egress'] },
  });
}

function inNamespace(namespace: string, name: string, spec: object): Operation {
  return create('NetworkPolicy', path('calico', 'networkpolicies', `${namespace}%`), {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: `${namespace}%` },
    spec,
  });
}

function set(namespace: string, name: string, labels: object, nets: readonly string[]): Operation {
  return create('NetworkSet', path('calico', 'networksets', `${namespace}%`), {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkSet',
    metadata: { name, namespace: `${namespace}%`, labels },
    spec: { nets },
  });
}
