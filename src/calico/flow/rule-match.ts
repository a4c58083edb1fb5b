import type { Family } from '../../kubernetes/net/address.ts';
import type { Net } from '../../kubernetes/net/net.ts';
import { appliesToFamily, icmp, icmpV6 } from '../policy/applies-to-family.ts';
import { besidesSourcePort } from './source-port.ts';
import type { Peer, PolicyRule } from '../policy/policy-rule.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import type { Selector } from '../selector/ast.ts';
import { netsLabels, podLabels } from '../state/endpoint-labels.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import { valuesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import type { FoundFlow } from './evaluate-flow.ts';
import { labelDoubt } from './label-doubt.ts';
import { matchesRule } from './match-rule.ts';

/** Whether a rule matches a flow, as far as that can be told. */
export type RuleMatch = (rule: PolicyRule) => 'yes' | 'no' | 'maybe';

/**
 * Creates the match of rules with one flow. What is not known of a pod without an address: in which blocks it lies, which
 * Services lead to it, and which network sets hold it; and of any connection the port that it comes from.
 * @param isFamilyKnown whether the family of the flow is known, and not only supposed
 */
export function createRuleMatch(
  world: PolicyWorld,
  { source, destination, resolved }: FoundFlow,
  isFamilyKnown = false,
): RuleMatch {
  const inSet = createSetSearch(world);
  const asked = {
    source: createAsking(world, source, resolved.family, inSet),
    destination: createAsking(world, destination, resolved.family, inSet),
  };
  const hasPorts = resolved.protocol !== icmp && resolved.protocol !== icmpV6;
  return (asking) => {
    if (isFamilyKnown && !appliesToFamily(asking, resolved.family)) return 'no';
    const { asksSourcePort, rule } = hasPorts
      ? besidesSourcePort(asking)
      : { asksSourcePort: false, rule: asking };
    const [from, to] = [asked.source(rule.source), asked.destination(rule.destination)];
    if (from === 'no' || to === 'no') return 'no';
    const certain = { ...rule, source: from.certain, destination: to.certain };
    if (!matchesRule(certain, resolved)) return 'no';
    return from.isAll && to.isAll && !asksSourcePort ? 'yes' : 'maybe';
  };
}

/** What of an end of a rule can be told, and whether that is all of it; `no` where it can't match. */
export type Asked = { readonly certain: Peer; readonly isAll: boolean } | 'no';

/** Creates what can be told of an end that is a pod, or an address; for a family in which the pod has its addresses. */
export function createAsking(
  world: PolicyWorld,
  pod: PodEndpoint | undefined,
  family: Family,
  inSet: (selector: Selector) => boolean,
): (peer: Peer) => Asked {
  // All that rules ask about an address can be told.
  if (!pod || pod.addresses.length > 0) return (certain) => ({ certain, isAll: true });
  const asksUnknown = labelDoubt(world, pod, 'template');
  const ownLabel = podLabels(world, pod);
  // Nothing finds a pod on its node's network by its labels.
  const isFound = (selector: Selector) => !pod.hostNetwork && evaluateSelector(selector, ownLabel);
  const find = (selector: Selector) =>
    asksUnknown(selector) ? 'maybe' : isFound(selector) ? 'yes' : inSet(selector) ? 'maybe' : 'no';
  const isEvery = ({ length, family: own }: Net) => length === 0 && own === family;
  return (peer) => {
    const { nets, notNets, notPorts, notSelector, ports, selector, service, ...rest } = peer;
    const [found, foundNot] = [selector ? find(selector) : 'yes', notSelector ? find(notSelector) : 'no'];
    if (found === 'no' || foundNot === 'yes' || notNets.some(isEvery)) return 'no';
    const asksName = pod.ports.length === 0 && [...ports, ...notPorts].some((port) => 'name' in port);
    const asksNet = notNets.length > 0 || (nets.length > 0 && !nets.some(isEvery));
    const isAll = found === 'yes' && foundNot === 'no' && !asksNet && !service && !asksName;
    const certain: Peer = {
      ...rest,
      nets: [],
      notNets: [],
      ports: asksName ? [] : ports,
      notPorts: asksName ? [] : notPorts,
    };
    return { certain, isAll };
  };
}

/** Whether a selector finds a network set or host endpoint, in which any pod may lie. */
export function createSetSearch(world: PolicyWorld): (selector: Selector) => boolean {
  const sets = [...valuesOf(world.labelledNets)].filter(({ nets }) => nets.length > 0);
  const labels = sets.map((set) => netsLabels(world, set));
  const known = new Map<Selector, boolean>();
  return (selector) => {
    const found = known.get(selector) ?? labels.some((labelOf) => evaluateSelector(selector, labelOf));
    known.set(selector, found);
    return found;
  };
}
