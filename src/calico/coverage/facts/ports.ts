import type { Family } from '../../../kubernetes/net/address.ts';
import type { Net } from '../../../kubernetes/net/net.ts';
import { type Direction, type Policy, rulesOf } from '../../policy/policy.ts';
import type { Port, Protocol, PolicyRule } from '../../policy/policy-rule.ts';
import type { NetworkSets } from './network-sets.ts';

/** The protocols that applications listen with. */
export const transports = { tcp: 6, udp: 17 } as const;

export type Transport = keyof typeof transports;

/** For each of these protocols a share of all pairs of an address and a port. */
export type TransportShare = Readonly<Record<Transport, number>>;

/** Ports to which, and from which, a connection can be made. */
const firstPort = 1;
const lastPort = 65_535;

/** Ports that no rule tells apart, by one of them, with the share of all ports that they are. */
export interface PortClass {
  readonly port: number;
  readonly share: number;
}

/** Places at which rules may cut the ports before they are not told apart any more. */
const maximumCuts = 512;

/** An upper bound of what a policy opens, so that nearly all are told without a search. */
export function openShareOf(
  policy: Policy,
  direction: Direction,
  sets: NetworkSets | undefined,
): TransportShare {
  let [tcp, udp] = [0, 0];
  for (const rule of rulesOf(policy, direction)) {
    const other = direction === 'Ingress' ? rule.source : rule.destination;
    const opens = rule.action === 'Allow' || rule.action === 'Pass';
    if (!opens || rule.icmp || other.service || (other.selector && !sets)) continue;
    const share = listedShare(rule.destination.ports) * addressShare(other.nets);
    if (isOfProtocol(rule, transports.tcp)) tcp += share;
    if (isOfProtocol(rule, transports.udp)) udp += share;
  }
  return tcp === 0 && udp === 0 ? nothing : { tcp, udp };
}

const nothing: TransportShare = { tcp: 0, udp: 0 };

/** The classes of ports at the end where connections arrive, the largest first; undefined where there are too many. */
export function destinationClasses(rules: readonly PolicyRule[]): readonly PortClass[] | undefined {
  const lists = rules.map(({ destination }) => destination);
  return classesOf(lists.flatMap(({ ports, notPorts }) => [ports, notPorts]));
}

/**
 * The ports from which a connection may come, one for each class: whoever connects chooses, so where some lie in no
 * list of a rule they are the ones that count.
 */
export function sourcePorts(rules: readonly PolicyRule[]): readonly number[] | undefined {
  const lists = rules.flatMap(({ source }) => [source.ports, source.notPorts]);
  const classes = classesOf(lists);
  const free = classes?.find(({ port }) => !lists.some((list) => includes(list, port)));
  return free ? [free.port] : classes?.map(({ port }) => port);
}

/** Whether a rule is about a connection by a protocol between two ports; which pod has a named port nobody knows. */
export function matchesTransport(rule: PolicyRule, protocol: number, from: number, to: number): boolean {
  const { source, destination } = rule;
  return (
    isOfProtocol(rule, protocol) &&
    (source.ports.length === 0 || includes(source.ports, from)) &&
    (destination.ports.length === 0 || includes(destination.ports, to)) &&
    !includes(source.notPorts, from) &&
    !includes(destination.notPorts, to)
  );
}

function isOfProtocol({ protocol, notProtocol }: PolicyRule, number: number): boolean {
  const is = ({ number: known }: Protocol) => known === number;
  return (!protocol || is(protocol)) && !(notProtocol && is(notProtocol));
}

function listedShare(ports: readonly Port[]): number {
  if (ports.length === 0) return 1;
  const count = ports.reduce((sum, port) => sum + ('name' in port ? 0 : port.last - port.first + 1), 0);
  return Math.min(1, count / lastPort);
}

function addressShare(nets: readonly Net[]): number {
  if (nets.length === 0) return 1;
  const shareOf = (family: Family) =>
    nets.reduce((sum, net) => sum + (net.family === family ? 2 ** -net.length : 0), 0);
  return Math.min(1, Math.max(shareOf(4), shareOf(6)));
}

function includes(ports: readonly Port[], number: number): boolean {
  return ports.some((port) => !('name' in port) && port.first <= number && number <= port.last);
}

function classesOf(lists: readonly (readonly Port[])[]): readonly PortClass[] | undefined {
  const cuts = new Set([firstPort]);
  for (const list of lists) {
    for (const port of list) {
      if ('name' in port) continue;
      if (port.first > firstPort && port.first <= lastPort) cuts.add(port.first);
      if (port.last >= firstPort && port.last < lastPort) cuts.add(port.last + 1);
      if (cuts.size > maximumCuts) return undefined;
    }
  }
  const starts = [...cuts].sort((left, right) => left - right);
  const named = lists.filter((list) => list.length > 0);
  const classes = new Map<string, { readonly port: number; share: number }>();
  for (const [index, port] of starts.entries()) {
    const share = ((starts[index + 1] ?? lastPort + 1) - port) / lastPort;
    const key = named.map((list) => (includes(list, port) ? '1' : '0')).join('');
    const known = classes.get(key);
    if (known) known.share += share;
    else classes.set(key, { port, share });
  }
  return [...classes.values()].sort((left, right) => right.share - left.share);
}
