import {
  judgeSupposedFlow,
  portsToldApart,
  supposePod,
  type Direction,
  type PortRange,
  type Rule as PolicyRule,
  type SupposedVerdict,
} from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { containerPorts } from '../../linkerd/index.ts';
import type { Look } from '../limits.ts';
import type { NamedEnd } from './named-ends.ts';

/** The two ends of a rule: the pods of its policy, and those that it names. */
export interface RuleEnds {
  readonly rule: PolicyRule;
  /** Of the rule; the other end decides in the opposite one. */
  readonly direction: Direction;
  readonly own: NamedEnd;
  readonly peer: NamedEnd;
}

/** A connection that a rule opens at its own end, and that the policies of the other end deny. */
export interface ShutHalf extends RuleEnds {
  readonly protocol: Protocol;
  readonly port: number;
  readonly verdict: SupposedVerdict;
}

type Protocol = 'TCP' | 'UDP';

export function opposite(direction: Direction): Direction {
  return direction === 'Ingress' ? 'Egress' : 'Ingress';
}

/** Whether a rule allows connections, and tells them apart by the two ends and the ports alone. */
export function opensByEnds({ action, destination, http, source, ...rule }: PolicyRule): boolean {
  const { icmp, notIcmp, notProtocol } = rule;
  const ports = source.ports.length + source.notPorts.length + destination.notPorts.length;
  const isAsked = http || (icmp ?? notIcmp ?? notProtocol) !== undefined;
  return action === 'Allow' && !isAsked && ports === 0 && protocolsOf(rule).length > 0;
}

/** The protocols of a rule that connections are tried with. */
export function protocolsOf({ protocol }: Pick<PolicyRule, 'protocol'>): readonly Protocol[] {
  if (!protocol) return ['TCP', 'UDP'];
  return protocol.number === 6 ? ['TCP'] : protocol.number === 17 ? ['UDP'] : [];
}

/**
 * The first connection of a rule, where the other end denies all of them; undefined where one gets through, where that
 * is not known, or where the rule's own end denies all too. Two ends of the mesh may meet at the port of the proxy.
 * @param look how many connections may be tried
 */
export function shutHalf(ends: RuleEnds, { policyWorld }: Inventory, look: Look): ShutHalf | undefined {
  const { direction, own, peer, rule } = ends;
  const pod = supposePod(policyWorld, peer.pod);
  const other = { pod, direction: opposite(direction), peer: { pod: own.pod } };
  const server = direction === 'Ingress' ? own : peer;
  const denied: ShutHalf[] = [];
  for (const protocol of protocolsOf(rule)) {
    const ranges = [...rangesOf(rule, server), ...proxyRange(ends, protocol)];
    for (const port of portsToldApart(pod, other.direction, ranges)) {
      if (!look.more(peer.namespace)) return undefined;
      const verdict = judgeSupposedFlow(policyWorld, { ...other, protocol, port });
      if (verdict.verdict !== 'deny') return undefined;
      denied.push({ ...ends, protocol, port, verdict });
    }
  }
  const mine = { pod: own.pod, direction, peer: { pod: peer.pod } };
  // A rule that leaves the port of the proxy shut is told of by mesh/proxy-port-blocked, and mended first.
  const used = proxyRange(ends, 'TCP').map(({ first }) => first);
  return denied.find(
    ({ port, protocol }) =>
      (protocol === 'UDP' || used.length === 0 || used.includes(port)) &&
      judgeSupposedFlow(policyWorld, { ...mine, protocol, port }).verdict === 'allow',
  );
}

/** The ports that a rule opens; one that it calls by name is that of the server's containers. */
function rangesOf({ destination: { ports } }: PolicyRule, server: NamedEnd): readonly PortRange[] {
  const named = containerPorts(podTemplateOf(server.object)?.spec ?? {});
  if (ports.length === 0)
    // What rules call by name is one of these.
    return [{ first: 1, last: 65_535 }, ...named.map(({ port }) => ({ first: port, last: port }))];
  return ports.flatMap((port) =>
    'first' in port
      ? [port, ...named.filter(isWithin(port)).map((one) => ({ first: one.port, last: one.port }))]
      : named.filter(({ name }) => name === port.name).map((one) => ({ first: one.port, last: one.port })),
  );
}

function isWithin({ first, last }: PortRange): (one: { readonly port: number }) => boolean {
  return ({ port }) => first <= port && port <= last;
}

function proxyRange({ own, peer, direction }: RuleEnds, protocol: Protocol): readonly PortRange[] {
  if (protocol !== 'TCP' || !own.meshed || !peer.meshed) return [];
  const { proxyPort } = direction === 'Ingress' ? own : peer;
  return [{ first: proxyPort, last: proxyPort }];
}
