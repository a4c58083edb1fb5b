import type { Draw } from './draw.ts';

/** Parts of Calico policies, from pools so small that what one writes another finds. */

export const roles = ['partner', 'partner', 'nobody'];
export const teams = ['red', 'blue'];
export const gates = ['shut', 'open'];
export const ranks = ['gold', 'tin'];

export const everywhere = ['0.0.0.0/0', '::/0'];
export const quarters = ['0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2', '::/1', '8000::/1'];
export const halves = ['0.0.0.0/1', '128.0.0.0/1', '::/0'];
export const narrow = ['192.0.2.7/32'];

export function nets(draw: Draw): readonly string[] {
  return draw.weighted([
    [4, everywhere],
    [2, ['0.0.0.0/0']],
    [1, quarters],
    [1, halves],
    [5, narrow],
  ]);
}

/** Who is on the other end of a rule. */
function peer(draw: Draw): object {
  return draw.weighted<object>([
    [3, { nets: narrow }],
    [3, { selector: 'role == "partner"', namespaceSelector: 'all()' }],
    [2, { selector: 'role == "partner"' }],
    [1, { selector: 'role == "partner"', namespaceSelector: 'global()' }],
    [2, { selector: 'all()', namespaceSelector: `team == "${draw.one(teams)}"` }],
    [1, { selector: 'has(role)', namespaceSelector: `has(gate)` }],
    [1, { serviceAccounts: { selector: `rank == "${draw.one(ranks)}"` } }],
    [1, { serviceAccounts: { names: ['default'] }, namespaceSelector: 'all()' }],
    [1, { notSelector: 'role == "partner"' }],
  ]);
}

/** A rule; mostly one that takes nothing from a default-deny. */
export function rule(draw: Draw, direction: 'ingress' | 'egress'): object {
  const end = direction === 'ingress' ? 'source' : 'destination';
  const tcp = { protocol: 'TCP', destination: { ports: [8080] } };
  return draw.weighted<object>([
    [2, { action: 'Allow' }],
    [1, { action: 'Pass' }],
    [2, { action: 'Deny' }],
    [4, { action: 'Allow', [end]: peer(draw) }],
    [1, { action: 'Deny', [end]: peer(draw) }],
    [
      2,
      direction === 'ingress'
        ? { action: 'Allow', ...tcp, source: { nets: narrow } }
        : { action: 'Allow', ...tcp },
    ],
    [1, { action: 'Allow', protocol: 'UDP' }],
  ]);
}

export function rules(draw: Draw, direction: 'ingress' | 'egress'): readonly object[] {
  return Array.from({ length: draw.below(3) }, () => rule(draw, direction));
}

/** Which pods of a namespace a policy is for; now and then it cannot be read. */
export function podSelector(draw: Draw): string {
  return draw.weighted([
    [10, 'all()'],
    [2, 'app == "web"'],
    [1, '!has(app)'],
    [1, 'has(projectcalico.org/namespace)'],
    [1, 'app in {"web"'],
  ]);
}

export function order(draw: Draw): object {
  return draw.weighted<object>([
    [4, {}],
    [1, { order: -1 }],
    [2, { order: 10 }],
    [2, { order: 100 }],
  ]);
}

export function tier(draw: Draw): object {
  return draw.weighted<object>([
    [10, {}],
    [2, { tier: 'front%' }],
    [1, { tier: 'missing%' }],
  ]);
}
