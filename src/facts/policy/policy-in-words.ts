import { type Direction, type Policy, printAddress, type SampleFlow } from '../../calico/index.ts';
import { type JsonPointer, pathOf, pointerOf } from '../../kubernetes/json-pointer.ts';
import { nameOf } from '../object-name.ts';
import { cut } from '../../text/cut.ts';

/** How messages call a policy: `GlobalNetworkPolicy "deny" (tier "default")`. */
export function policyInWords({ reference, tier }: Policy): string {
  return `${nameOf(reference)} (tier "${tier}")`;
}

/** A rule as people count: `ingress rule 1`; the index is that in the object's own list. */
export function ruleInWords(direction: Direction, index: number): string {
  return `${direction.toLowerCase()} rule ${index + 1}`;
}

/** The rule that a pointer leads into, as people count; undefined outside of rules. */
export function ruleAt(pointer: JsonPointer): string | undefined {
  const [spec, list, index = ''] = pathOf(pointer);
  if (spec !== 'spec' || (list !== 'ingress' && list !== 'egress') || !/^\d+$/.test(index)) return undefined;
  return `${list} rule ${Number(index) + 1}`;
}

/** A field as messages name it: `the selector`, `source.namespaceSelector of ingress rule 1` */
export function fieldInWords(pointer: JsonPointer): string {
  const rule = ruleAt(pointer);
  const path = pathOf(pointer);
  return rule === undefined ? `the ${path.slice(1).join('.')}` : `${path.slice(3).join('.')} of ${rule}`;
}

/** Where a rule stands in its object. */
export function rulePointer(direction: Direction, index: number, ...path: readonly string[]): JsonPointer {
  return pointerOf('spec', direction.toLowerCase(), index, ...path);
}

/** A value as findings quote it: a string as it is, anything else as JSON, cut where it is long. */
export function quotedValue(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return cut(text, 200);
}

/** A connection that was made up to show something: `TCP 5432 from 203.0.113.77 to pod {app: store} of namespace "shop"`. */
export function connectionInWords({ pod, direction, flow, peer }: SampleFlow): string {
  const own = `pod ${labelsInWords({ ...pod.labels, ...pod.inherited })} of namespace "${pod.namespace}"`;
  const { address } = direction === 'Ingress' ? flow.source : flow.destination;
  const known = peer && labelsInWords(Object.fromEntries(peer));
  const other = known ? `an endpoint ${known}` : address ? printAddress(address) : 'anywhere';
  const [from, to] = direction === 'Ingress' ? [other, own] : [own, other];
  const port = protocolsWithPorts.has(flow.protocol) ? ` ${flow.destination.port}` : '';
  return `${protocolNames.get(flow.protocol) ?? `protocol ${flow.protocol}`}${port} from ${from} to ${to}`;
}

const protocolNames: ReadonlyMap<number, string> = new Map([
  [1, 'ICMP'],
  [6, 'TCP'],
  [17, 'UDP'],
  [58, 'ICMPv6'],
  [132, 'SCTP'],
]);
const protocolsWithPorts: ReadonlySet<number> = new Set([6, 17, 132]);

function labelsInWords(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  return `{${pairs.join(', ')}}`;
}
