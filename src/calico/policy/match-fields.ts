import { isRecord } from '../../kubernetes/object.ts';
import type { IcmpMatch, Port, Protocol } from './policy-rule.ts';

/** Protocol numbers by the names Calico knows, in lower case. Source: Calico api/pkg/lib/numorstring/protocol.go. */
const numbers: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['icmpv6', 58],
  ['sctp', 132],
  ['udplite', 136],
]);

/** Reads a protocol, a name or a number; a name that Calico does not know has no number and matches nothing. */
export function readProtocol(value: unknown): Protocol | undefined {
  if (typeof value === 'number') return { written: String(value), number: value };
  if (typeof value !== 'string' || value === '') return undefined;
  const number = /^\d{1,3}$/.test(value) ? Number(value) : numbers.get(value.toLowerCase());
  return { written: value, number };
}

/** Reads `{type, code}`; undefined where neither is a number. */
export function readIcmp(value: unknown): IcmpMatch | undefined {
  if (!isRecord(value)) return undefined;
  const { type, code } = value;
  if (typeof type !== 'number' && typeof code !== 'number') return undefined;
  return {
    ...(typeof type === 'number' ? { type } : {}),
    ...(typeof code === 'number' ? { code } : {}),
  };
}

/** Reads a port: a number, `"low:high"`, or the name of a port. Source: Calico api/pkg/lib/numorstring/port.go. */
export function readPort(value: unknown): Port | undefined {
  if (typeof value === 'number') return { first: value, last: value };
  if (typeof value !== 'string' || value === '') return undefined;
  const [, first, last] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(value) ?? [];
  if (first === undefined) return { name: value };
  return { first: Number(first), last: Number(last ?? first) };
}
