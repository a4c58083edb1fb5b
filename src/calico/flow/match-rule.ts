import type { Address, Family } from '../../kubernetes/net/address.ts';
import { containsAddress, type Net } from '../../kubernetes/net/net.ts';
import { appliesToFamily, icmp, icmpV6 } from '../policy/applies-to-family.ts';
import type { IcmpMatch, Peer, Port, Protocol, PolicyRule, ServiceMatch } from '../policy/policy-rule.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import type { Selector } from '../selector/ast.ts';
import type { ServiceEndpoints } from '../state/endpoint.ts';
import type { FlowIndex, Labelled } from './flow-index.ts';

/** One end of a flow, resolved: its address, what has labels there, and its port. */
export interface ResolvedEnd {
  /** Undefined for a pod that has no address yet: it lies in no block. */
  readonly address: Address | undefined;
  readonly labelled: readonly Labelled[];
  readonly port: number;
}

/** A flow with everything that rules ask about. */
export interface ResolvedFlow {
  readonly family: Family;
  readonly protocol: number;
  readonly source: ResolvedEnd;
  readonly destination: ResolvedEnd;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly index: FlowIndex;
}

/**
 * Whether a rule matches a flow: all that it asks holds. `http` is left out of account, as the kernel data planes do.
 * Source: Calico felix/calc/rule_scanner.go, felix/rules/policy.go.
 */
export function matchesRule(rule: PolicyRule, flow: ResolvedFlow): boolean {
  return (
    appliesToFamily(rule, flow.family) &&
    matchesProtocol(rule, flow) &&
    matchesPeer(rule.source, flow.source, flow, 'source') &&
    matchesPeer(rule.destination, flow.destination, flow, 'destination')
  );
}

function matchesProtocol(rule: PolicyRule, flow: ResolvedFlow): boolean {
  if (rule.protocol && !isProtocol(rule.protocol, flow)) return false;
  if (rule.notProtocol && isProtocol(rule.notProtocol, flow)) return false;
  if (rule.icmp && !isIcmp(rule.icmp, flow)) return false;
  return !(rule.notIcmp && isIcmp(rule.notIcmp, flow));
}

function isProtocol({ number }: Protocol, flow: ResolvedFlow): boolean {
  return number === flow.protocol;
}

function isIcmp({ type, code }: IcmpMatch, flow: ResolvedFlow): boolean {
  const expected = flow.family === 4 ? icmp : icmpV6;
  if (flow.protocol !== expected) return false;
  return (type === undefined || type === flow.icmpType) && (code === undefined || code === flow.icmpCode);
}

function matchesPeer(
  peer: Peer,
  end: ResolvedEnd,
  flow: ResolvedFlow,
  side: 'source' | 'destination',
): boolean {
  if (!matchesPlace(peer, end)) return false;
  if (peer.service && !isService(peer.service, end, flow, side)) return false;
  if (peer.ports.length > 0 && !isPort(peer.ports, peer, end, flow)) return false;
  return peer.notPorts.length === 0 || !isPort(peer.notPorts, peer, end, flow);
}

/** Whether an end is where a rule wants it and has the labels that it asks for, whatever its Service and its port. */
export function matchesPlace(peer: Peer, end: ResolvedEnd): boolean {
  if (peer.nets.length > 0 && !liesIn(peer.nets, end)) return false;
  if (liesIn(peer.notNets, end)) return false;
  if (peer.selector && !someMatches(peer.selector, end.labelled)) return false;
  return !(peer.notSelector && someMatches(peer.notSelector, end.labelled));
}

function liesIn(nets: readonly Net[], { address }: ResolvedEnd): boolean {
  return address !== undefined && nets.some((net) => containsAddress(net, address));
}

function someMatches(selector: Selector, labelled: readonly Labelled[]): boolean {
  return labelled.some(({ labelOf }) => evaluateSelector(selector, labelOf));
}

/** As a destination a service is its addresses with their ports, as a source its addresses alone. */
function isService(
  service: ServiceMatch,
  end: ResolvedEnd,
  flow: ResolvedFlow,
  side: 'source' | 'destination',
): boolean {
  return slicesHolding(service, end, flow.index).some(
    (slice) =>
      side === 'source' ||
      slice.ports.some((entry) => entry.port === end.port && entry.protocol === flow.protocol),
  );
}

/** The endpoint slices of a service in which the address of an end is. */
export function slicesHolding(
  { name, namespace }: ServiceMatch,
  { address }: Pick<ResolvedEnd, 'address'>,
  index: FlowIndex,
): readonly ServiceEndpoints[] {
  if (!address || namespace === '') return [];
  return index
    .slicesAt(namespace, name)
    .filter((slice) =>
      slice.addresses.some(
        (candidate) => candidate.family === address.family && candidate.address === address.address,
      ),
    );
}

function isPort(
  ports: readonly Port[],
  peer: Peer,
  end: ResolvedEnd,
  { protocol }: Pick<ResolvedFlow, 'protocol'>,
): boolean {
  return ports.some((entry) =>
    'first' in entry
      ? entry.first <= end.port && end.port <= entry.last
      : portsNamed(entry.name, peer, end, protocol).includes(end.port),
  );
}

/** A name stands for the ports so named, of the flow's protocol, of what the peer selects. */
export function portsNamed(
  name: string,
  { selector }: Pick<Peer, 'selector'>,
  { labelled }: Pick<ResolvedEnd, 'labelled'>,
  protocol: number,
): readonly number[] {
  return labelled.flatMap((candidate) => {
    const ports = candidate.ports.filter((own) => own.name === name && own.protocol === protocol);
    if (ports.length === 0 || (selector && !evaluateSelector(selector, candidate.labelOf))) return [];
    return ports.map(({ port }) => port);
  });
}
