import { type Direction, type Policy, rulesOf } from '../policy/policy.ts';
import type { PolicyRule } from '../policy/policy-rule.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { findFlow } from './evaluate-flow.ts';
import type { PossibleFlow } from './possible-flow.ts';
import type { TierPolicies } from './policies-of-pod.ts';
import { createRuleMatch } from './rule-match.ts';

/** What a rule asks and a connection does not have. */
export type MissedCondition = 'protocol' | 'ports' | 'selector' | 'nets' | 'service';

/** A rule that would open a connection but for one condition. */
export interface NearMiss {
  readonly policy: Policy;
  readonly rule: PolicyRule;
  readonly condition: MissedCondition;
}

/**
 * The rules that would let a connection through if one condition of theirs were another one.
 * @param policies those that select the pod, as `judgePossibleFlow` gives them
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const spec = { types: ['Ingress'], ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [80] } }] };
 * const world = createPolicyWorld([{ ...head, metadata: { name: 'in', namespace: 'shop' }, spec }], { mode: 'v3crd' });
 * const podNamed = (name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } });
 * const flow = { source: { pod: podNamed('web') }, destination: { pod: podNamed('db') }, protocol: 'TCP', port: 5432 };
 * const { policies } = judgePossibleFlow(world, 'Ingress', flow);
 * nearMisses(world, 'Ingress', flow, policies).map(({ condition }) => condition); // ['ports']
 */
export function nearMisses(
  world: PolicyWorld,
  direction: Direction,
  { source, destination, protocol, port }: PossibleFlow,
  policies: readonly TierPolicies[],
): readonly NearMiss[] {
  const found = findFlow(world, { source, destination, protocol, destinationPort: port });
  if ('problem' in found) return [];
  const match = createRuleMatch(world, found);
  const peer = direction === 'Egress' ? 'destination' : 'source';
  return policies.flatMap((tier) =>
    tier.policies.flatMap((policy) =>
      rulesOf(policy, direction)
        .filter((rule) => rule.action === 'Allow' && match(rule) === 'no')
        .flatMap((rule): NearMiss[] => {
          const condition = conditions.find((one) => match(without(rule, one, peer)) === 'yes');
          return condition ? [{ policy, rule, condition }] : [];
        }),
    ),
  );
}

const conditions: readonly MissedCondition[] = ['selector', 'ports', 'nets', 'service', 'protocol'];

/** A rule without one of its conditions; of those of the peer, only what it says of the peer. */
function without(rule: PolicyRule, condition: MissedCondition, peer: 'source' | 'destination'): PolicyRule {
  const { destination } = rule;
  const { notSelector, selector, service, ...end } = rule[peer];
  const selectors = { ...(selector ? { selector } : {}), ...(notSelector ? { notSelector } : {}) };
  const services = service ? { service } : {};
  switch (condition) {
    case 'protocol': {
      const { notProtocol: _not, protocol: _protocol, ...rest } = rule;
      return rest;
    }
    case 'ports':
      return { ...rule, destination: { ...destination, ports: [], notPorts: [] } };
    case 'nets':
      return { ...rule, [peer]: { ...end, ...selectors, ...services, nets: [], notNets: [] } };
    case 'selector':
      return { ...rule, [peer]: { ...end, ...services } };
    default:
      return { ...rule, [peer]: { ...end, ...selectors } };
  }
}
