import { type Check, fieldAt, shown } from './report.ts';
import { nearestWord, oneSlipInName } from '../../text/nearest-word.ts';

const names = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'];

/**
 * A protocol: one of six names, in just this case, or a number from 1 to 255, with quotes or without.
 * Source: Calico libcalico-go/lib/validator/v3/validator.go, validateProtocol.
 */
export const protocol: Check = (value, pointer, report) => {
  const number = protocolNumber(value);
  if (number === undefined ? names.some((name) => name === value) : number >= 1 && number <= 255) return;
  const near = typeof value === 'string' ? nearestWord(value, names, oneSlipInName) : undefined;
  const expected = near ?? 'TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255';
  const code = number === undefined ? 'protocol-name' : 'protocol-invalid';
  report({ pointer, code, message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

/** Whether packets of a protocol have ports: TCP, UDP and SCTP. */
export function hasPorts(value: unknown): boolean {
  const number = protocolNumber(value);
  return number === undefined
    ? ['TCP', 'UDP', 'SCTP', 'tcp', 'udp', 'sctp'].includes(String(value))
    : [6, 17, 132].includes(number);
}

function protocolNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number.NaN;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
