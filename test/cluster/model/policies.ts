import type { Draw } from './draw.ts';
import { order, podSelector, ranks, rules, teams, tier } from './rules.ts';

/** Specs of Calico policies. */

export const closed = { selector: 'all()', types: ['Ingress', 'Egress'] } as const;
export const openSpec = {
  selector: 'all()',
  order: -1,
  types: ['Ingress', 'Egress'],
  ingress: [{ action: 'Allow' }],
  egress: [{ action: 'Allow' }],
} as const;
export const narrowSpec = {
  selector: 'all()',
  types: ['Ingress'],
  ingress: [
    { action: 'Allow', protocol: 'TCP', source: { nets: ['192.0.2.7/32'] }, destination: { ports: [8080] } },
  ],
} as const;
/** Lets in whoever calls itself a partner, wherever that is. */
export const partnersSpec = {
  selector: 'all()',
  types: ['Ingress'],
  ingress: [{ action: 'Allow', source: { selector: 'role == "partner"', namespaceSelector: 'all()' } }],
} as const;
/** Nobody can tell which pods it is for. */
export const unreadableSpec = { selector: 'app in {"web"', types: ['Ingress', 'Egress'], order: 5 } as const;

export function spec(draw: Draw): object {
  return draw.weighted<() => object>([
    [4, () => closed],
    [1, () => openSpec],
    [2, () => narrowSpec],
    [2, () => partnersSpec],
    [1, () => unreadableSpec],
    [5, () => drawnSpec(draw)],
  ])();
}

function drawnSpec(draw: Draw): object {
  return {
    selector: podSelector(draw),
    types: draw.weighted([
      [5, ['Ingress', 'Egress']],
      [1, ['Ingress']],
      [1, ['Egress']],
    ]),
    ingress: rules(draw, 'ingress'),
    egress: rules(draw, 'egress'),
    ...order(draw),
    ...tier(draw),
    ...(draw.chance(0.1) && { serviceAccountSelector: `rank == "${draw.one(ranks)}"` }),
  };
}

/** Which namespaces a GlobalNetworkPolicy is for. */
export function namespaceSelector(draw: Draw, namespaces: readonly string[]): string {
  return draw.weighted<() => string>([
    [6, () => `kubernetes.io/metadata.name == "${draw.one(namespaces)}"`],
    [3, () => 'gate == "shut"'],
    [1, () => 'has(gate)'],
    [1, () => `team == "${draw.one(teams)}"`],
    [1, () => 'projectcalico.org/name in {"shop%", "orders%"}'],
    [1, () => 'zone == "lax"'],
  ])();
}

/** Specs of Kubernetes' own NetworkPolicy. */
export function kubernetesSpec(draw: Draw): object {
  return draw.weighted<object>([
    [5, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }],
    [1, { podSelector: {}, policyTypes: ['Ingress'] }],
    [1, { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] }],
    [1, { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] }],
    [
      1,
      {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: draw.one(teams) } } }] }],
      },
    ],
    [1, { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }],
  ]);
}
