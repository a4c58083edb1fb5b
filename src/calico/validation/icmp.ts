import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { type Check, fieldAt, type Report, shown } from './report.ts';
import { all, fields, integer } from './schema.ts';
import { type Family } from '../../kubernetes/net/address.ts';

/** `{type, code}`; the kernel has no match on a code alone. */
export const icmpFields: Check = all(
  fields('an ICMP match', { type: integer(0, 254), code: integer(0, 255) }),
  (value, pointer, report) => {
    if (!isRecord(value) || !isPresent(value.code) || isPresent(value.type)) return;
    const message = `${fieldAt(pointer)} has code ${shown(value.code)} and no type`;
    report({ pointer, code: 'icmp-code-alone', message, expected: 'a type beside the code' });
  },
);

/**
 * ICMP fields go with protocol ICMP or ICMPv6, and each of these with its IP version.
 * Source: Calico api/pkg/apis/projectcalico/v3/policy_common.go, validation of Rule.
 */
export function icmpWithProtocol(
  rule: Readonly<Record<string, unknown>>,
  pointer: JsonPointer,
  report: Report,
): void {
  if (isPresent(rule.icmp) && !isOneOf(rule.protocol, 'ICMP', 1) && !isOneOf(rule.protocol, 'ICMPv6', 58)) {
    const found = isPresent(rule.protocol) ? `with protocol ${shown(rule.protocol)}` : 'without a protocol';
    const message = `a rule has icmp ${found}`;
    report({
      pointer: `${pointer}/icmp`,
      code: 'icmp-protocol',
      message,
      expected: 'protocol: ICMP or ICMPv6',
    });
  }
  for (const field of ['protocol', 'notProtocol'] as const) {
    versionOf(rule, field, ['ICMP', 1], 4, pointer, report);
    versionOf(rule, field, ['ICMPv6', 58], 6, pointer, report);
  }
}

function versionOf(
  rule: Readonly<Record<string, unknown>>,
  field: 'protocol' | 'notProtocol',
  [name, number]: readonly [string, number],
  version: Family,
  pointer: JsonPointer,
  report: Report,
): void {
  if (!isOneOf(rule[field], name, number) || !isPresent(rule.ipVersion) || rule.ipVersion === version) return;
  const message = `ipVersion is ${shown(rule.ipVersion)} in a rule with ${field} ${shown(rule[field])}`;
  const expected = `ipVersion: ${version}, or none`;
  report({ pointer: `${pointer}/ipVersion`, code: 'icmp-version', message, expected });
}

function isOneOf(value: unknown, name: string, number: number): boolean {
  return value === name || value === number;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
