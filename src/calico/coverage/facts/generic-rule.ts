import type { Family as FamilyNumber } from '../../../kubernetes/net/address.ts';
import { type Net, printNet } from '../../../kubernetes/net/net.ts';
import { type Direction, type Policy, rulesOf } from '../../policy/policy.ts';
import type { Peer, PolicyRule } from '../../policy/policy-rule.ts';
import type { Selector } from '../../selector/ast.ts';
import type { Family } from '../coverage.ts';
import { isLoopback } from './loopback.ts';
import type { NetworkSets } from './network-sets.ts';
import { type NetCriterion, netCriterion } from './other-end.ts';
import { appliesToFamily } from '../../policy/applies-to-family.ts';
import { familyOf } from '../../../kubernetes/net/family.ts';

/**
 * A rule as far as a generic flow can tell: a connection from or to an address that is no known endpoint, by a
 * protocol and port that no rule names. What is left are conditions on the pod itself and on the other address.
 */
export interface GenericRule {
  readonly rule: PolicyRule;
  /** The index in the list that is walked. */
  readonly index: number;
  readonly action: 'Allow' | 'Deny' | 'Pass';
  /** Conditions on the labels of the pod itself. */
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  /** Conditions on the pod's own address, which nobody knows. */
  readonly podNets?: string;
  readonly podNotNets?: string;
  /** What the other address must lie in, all of them, and what it must not lie in. */
  readonly inside: readonly NetCriterion[];
  readonly outside: readonly NetCriterion[];
}

/** The rules of a policy that a generic flow can match, in their order. `sets` can hold the other address. */
export function genericRules(
  policy: Policy,
  direction: Direction,
  sets?: NetworkSets,
): Readonly<Record<Family, readonly GenericRule[]>> {
  const IPv4: GenericRule[] = [];
  const IPv6: GenericRule[] = [];
  for (const [index, rule] of rulesOf(policy, direction).entries()) {
    if (!isGeneric(rule, direction)) continue;
    const four = genericRule(rule, index, direction, 'IPv4', sets);
    const six = genericRule(rule, index, direction, 'IPv6', sets);
    if (four) IPv4.push(four);
    if (six) IPv6.push(six);
  }
  return { IPv4, IPv6 };
}

/**
 * The rules that a connection by TCP or UDP can match from or to an address that is no known endpoint, in their order:
 * like generic ones, but they may name these protocols and any ports.
 */
export function transportRules(
  policy: Policy,
  direction: Direction,
  family: Family,
  sets?: NetworkSets,
): readonly GenericRule[] {
  return rulesOf(policy, direction).flatMap((rule, index) => {
    const other = direction === 'Ingress' ? rule.source : rule.destination;
    const isOther = rule.protocol && rule.protocol.number !== 6 && rule.protocol.number !== 17;
    if (isOther || rule.icmp || other.service) return [];
    return genericRule(rule, index, direction, family, sets) ?? [];
  });
}

/** Whether a rule asks for nothing that only a known endpoint, or a protocol or port that rules name, can have. */
function isGeneric(
  { action, protocol, icmp, source, destination }: PolicyRule,
  direction: Direction,
): boolean {
  if (action === 'Log' || protocol || icmp || source.ports.length + destination.ports.length > 0)
    return false;
  return !(direction === 'Ingress' ? source : destination).service;
}

function genericRule(
  rule: PolicyRule,
  index: number,
  direction: Direction,
  family: Family,
  sets: NetworkSets | undefined,
): GenericRule | undefined {
  const { action, source, destination } = rule;
  const number = familyOf(family);
  if (action === 'Log' || !appliesToFamily(rule, number)) return undefined;
  const [pod, other] = direction === 'Ingress' ? [destination, source] : [source, destination];
  // A pod is never reached at a loopback address, nor does it call from one.
  if (isLoopback(pod.nets)) return undefined;
  const found = other.selector && sets?.largeOf(other.selector, number);
  if (other.selector && !found) return undefined;
  const excepted = other.notSelector && sets?.largeOf(other.notSelector, number);
  return {
    rule,
    index,
    action,
    ...(pod.selector ? { selector: pod.selector } : {}),
    ...(pod.notSelector ? { notSelector: pod.notSelector } : {}),
    ...podAddressConditions(pod, number),
    inside: [netCriterion(other.nets, number) ?? [], found ?? []].flat(),
    outside: [netCriterion(other.notNets, number) ?? [], excepted ?? []].flat(),
  };
}

/** A service at the pod's own end is not valid; whether the pod belongs to it is as open as its address. */
function podAddressConditions(
  { nets, notNets, service }: Peer,
  family: FamilyNumber,
): Pick<GenericRule, 'podNets' | 'podNotNets'> {
  const [inside, outside] = [netCriterion(nets, family), netCriterion(notNets, family)];
  const parts = [
    ...(inside && !inside.isEverything ? [netsInWords(inside.nets)] : []),
    ...(service ? [`service ${service.namespace}/${service.name}`] : []),
  ];
  return {
    ...(parts.length > 0 ? { podNets: parts.join(' and ') } : {}),
    ...(outside ? { podNotNets: netsInWords(outside.nets) } : {}),
  };
}

export function netsInWords(nets: readonly Net[]): string {
  return nets.map(printNet).sort().join(', ');
}
