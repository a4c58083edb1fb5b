import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { parseAddress } from '../../kubernetes/net/address.ts';
import { type Net, printNet, readNet } from '../../kubernetes/net/net.ts';
import { type Check, fieldAt, type Report, shown } from './report.ts';

/** A CIDR or a single address, as network sets take it; bits behind the mask do no harm, and an empty text is taken. */
export const netOrAddress: Check = (value, pointer, report) => {
  if (typeof value === 'string' && (value === '' || readNet(value, 'calico'))) return;
  report({
    pointer,
    code: 'net-invalid',
    message: `${fieldAt(pointer)} is ${shown(value)}`,
    expected: example,
  });
};

/** A CIDR in a rule: a mask is needed, and no bits behind it. */
export const net: Check = (value, pointer, report) => {
  const parsed = typeof value === 'string' ? readNet(value, 'go') : undefined;
  if (parsed && !isUnmasked(String(value), parsed)) return;
  const message = `${fieldAt(pointer)} is ${shown(value)}`;
  if (!parsed) {
    const address = typeof value === 'string' ? readNet(value, 'calico') : undefined;
    const expected = address ? `a CIDR: ${printNet(address)}` : example;
    report({ pointer, code: 'net-invalid', message, expected });
  } else {
    const found = `${message}, which has bits behind its mask`;
    report({ pointer, code: 'net-invalid', message: found, expected: printNet(parsed) });
  }
};

const example = 'a CIDR such as 10.0.0.0/8 or 2001:db8::/32';

export const address: Check = (value, pointer, report) => {
  if (typeof value === 'string' && parseAddress(value)) return;
  const message = `${fieldAt(pointer)} is ${shown(value)}`;
  report({
    pointer,
    code: 'address-invalid',
    message,
    expected: 'an IP address such as 10.0.0.1 or 2001:db8::1',
  });
};

function isUnmasked(written: string, parsed: Net): boolean {
  const start = parseAddress(written.slice(0, written.indexOf('/')));
  return start?.family !== parsed.family || start.address !== parsed.address;
}

/** A side of a rule that lists networks, and where it stands. */
export interface NetList {
  readonly nets: unknown;
  readonly pointer: JsonPointer;
  /** `source.notNets` and the like. */
  readonly field: string;
}

/**
 * All networks of a rule are of one IP version, the rule's own if it names one: Calico writes one rule for each
 * version, and one that lists networks of the other matches nothing.
 */
export function netsOfOneVersion(lists: readonly NetList[], ipVersion: unknown, report: Report): void {
  const seen = new Set<number>();
  for (const { nets, pointer, field } of lists) {
    const parsed = Array.isArray(nets)
      ? nets.flatMap((item) => (typeof item === 'string' ? [readNet(item, 'go')] : []))
      : [];
    const families = new Set(parsed.flatMap((item) => (item ? [item.family] : [])));
    for (const family of families) {
      if ((ipVersion === 4 || ipVersion === 6) && family !== ipVersion) {
        const message = `${field} lists IPv${family} networks in a rule with ipVersion ${ipVersion}`;
        report({
          pointer,
          code: 'net-version',
          message,
          expected: `IPv${ipVersion} networks, or no ipVersion`,
        });
      }
      seen.add(family);
    }
    if (families.size > 0 && seen.size === 2) {
      const message = `${field} makes the rule list IPv4 and IPv6 networks`;
      report({ pointer, code: 'net-version', message, expected: 'a rule for each IP version' });
    }
  }
}

/** Not everything in a negation: such a rule matches nothing. */
export function notEverything({ nets, pointer, field }: NetList, report: Report): void {
  if (!Array.isArray(nets)) return;
  for (const [index, item] of nets.entries()) {
    const parsed = typeof item === 'string' ? readNet(item, 'go') : undefined;
    if (parsed?.length !== 0) continue;
    const message = `${field} lists ${item}, every address, so the rule matches nothing`;
    const expected = 'the networks to leave out';
    report({ pointer: pointer + pointerOf(index), code: 'net-catch-all', message, expected });
  }
}
