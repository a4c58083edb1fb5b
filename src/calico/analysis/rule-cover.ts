import type { Family } from '../../kubernetes/net/address.ts';
import { containsNet, type Net, overlaps } from '../../kubernetes/net/net.ts';
import { complementOf, rangeOf, unionOf } from '../../kubernetes/net/ranges.ts';
import type { IcmpMatch, Peer, Port, PolicyRule } from '../policy/policy-rule.ts';
import type { Implications } from './implication.ts';
import { appliesToFamily } from '../policy/applies-to-family.ts';

/**
 * Whether one rule matches every connection that another one matches. Where that hangs on more than single conditions
 * (two conditions that cover one together, a service and its pods) the answer is false. Selectors are asked last, they
 * cost most.
 */
export function coversRule(outer: PolicyRule, inner: PolicyRule, implications: Implications): boolean {
  const families = ([4, 6] as const).filter((family) => appliesToFamily(inner, family));
  return (
    // What matches HTTP beside an Istio proxy leaves something to the rules behind it.
    !outer.http &&
    families.every((family) => appliesToFamily(outer, family)) &&
    coversProtocol(outer, inner) &&
    sides.every((side) => coversAddresses(outer[side], inner[side], families)) &&
    sides.every((side) => coversSelectors(outer[side], inner[side], implications))
  );
}

const sides = ['source', 'destination'] as const;

function coversProtocol(outer: PolicyRule, inner: PolicyRule): boolean {
  const number = inner.protocol?.number;
  if (outer.protocol && (number === undefined || outer.protocol.number !== number)) return false;
  if (outer.notProtocol) {
    const isOther = number !== undefined && number !== outer.notProtocol.number;
    if (!isOther && inner.notProtocol?.number !== outer.notProtocol.number) return false;
  }
  if (outer.icmp && !coversIcmp(outer.icmp, inner.icmp)) return false;
  return !outer.notIcmp || (inner.notIcmp !== undefined && coversIcmp(inner.notIcmp, outer.notIcmp));
}

function coversIcmp(outer: IcmpMatch, inner: IcmpMatch | undefined): boolean {
  if (!inner) return false;
  return (
    (outer.type === undefined || outer.type === inner.type) &&
    (outer.code === undefined || outer.code === inner.code)
  );
}

function coversAddresses(outer: Peer, inner: Peer, families: readonly Family[]): boolean {
  return (
    coversService(outer, inner) &&
    families.every((family) => coversNets(outer.nets, inner.nets, family)) &&
    outer.notNets.every((net) => isExcluded(net, inner)) &&
    coversPorts(outer.ports, inner.ports) &&
    outer.notPorts.every((port) => isPortExcluded(port, inner))
  );
}

function coversService({ service: outer }: Peer, { service: inner }: Peer): boolean {
  return !outer || (outer.namespace === inner?.namespace && outer.name === inner.name);
}

/** Conditions hold for something at the address, so each is asked by itself. */
function coversSelectors(outer: Peer, inner: Peer, { implies }: Implications): boolean {
  if (outer.selector && !(inner.selector && implies(inner.selector, outer.selector))) return false;
  if (!outer.notSelector) return true;
  return inner.notSelector !== undefined && implies(outer.notSelector, inner.notSelector);
}

function coversNets(outer: readonly Net[], inner: readonly Net[], family: Family): boolean {
  const own = outer.filter((net) => net.family === family);
  if (outer.length === 0) return true;
  if (inner.length === 0) return complementOf(own, family).length === 0;
  const union = unionOf(own, family);
  return inner
    .filter((net) => net.family === family)
    .map(rangeOf)
    .every(({ first, last }) => union.some((range) => range.first <= first && last <= range.last));
}

/** Whether the rule behind leaves out what the rule before it leaves out. */
function isExcluded(net: Net, { nets, notNets }: Peer): boolean {
  if (notNets.some((own) => containsNet(own, net))) return true;
  return nets.length > 0 && !nets.some((own) => overlaps(own, net));
}

function coversPorts(outer: readonly Port[], inner: readonly Port[]): boolean {
  if (outer.length === 0) return true;
  return inner.length > 0 && inner.every((port) => outer.some((candidate) => containsPort(candidate, port)));
}

function containsPort(outer: Port, inner: Port): boolean {
  if ('name' in outer || 'name' in inner) {
    return 'name' in outer && 'name' in inner && outer.name === inner.name;
  }
  return outer.first <= inner.first && inner.last <= outer.last;
}

function isPortExcluded(port: Port, { ports, notPorts }: Peer): boolean {
  if (notPorts.some((own) => containsPort(own, port))) return true;
  return ports.length > 0 && ports.every((own) => areApart(own, port));
}

function areApart(one: Port, other: Port): boolean {
  if ('name' in one || 'name' in other) return false;
  return one.last < other.first || other.last < one.first;
}
