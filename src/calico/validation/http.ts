import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { type Check, fieldAt, type Report, shown } from './report.ts';
import { all, fields, list, text } from './schema.ts';

/** A path: exactly one of `exact` and `prefix`, and a path as RFC 3986 has it. */
const httpPath: Check = all(
  fields('an HTTP path', { exact: text(1024), prefix: text(1024) }),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    const { exact, prefix } = value;
    const path = typeof exact === 'string' && exact !== '' ? exact : prefix;
    if (typeof path !== 'string' || path === '') {
      const message = `${fieldAt(pointer)} is ${shown(value)}`;
      report({ pointer, code: 'http-path', message, expected: 'exact or prefix with a path' });
      return;
    }
    if (path === exact && typeof prefix === 'string' && prefix !== '') {
      const message = `${fieldAt(pointer)} has both exact ${shown(exact)} and prefix ${shown(prefix)}`;
      report({ pointer, code: 'http-path', message, expected: 'one of the two' });
    }
    if (!path.startsWith('/') || /[? #]/.test(path)) {
      const message = `${fieldAt(pointer)} is the path ${shown(path)}`;
      report({
        pointer,
        code: 'http-path',
        message,
        expected: 'a path that starts with "/", without "?", "#" and spaces',
      });
    }
  },
);

/** Methods and paths, at most 20 of each, no method twice. */
export const httpMatch: Check = fields('an HTTP match', {
  methods: list(text(), { maximum: 20, unique: true, duplicateCode: 'http-methods' }),
  paths: list(httpPath, { maximum: 20 }),
});

/**
 * HTTP is matched only by Allow rules of TCP.
 * Source: Calico api/pkg/apis/projectcalico/v3/policy_common.go, validation of Rule.
 */
export function httpWithRule(
  rule: Readonly<Record<string, unknown>>,
  pointer: JsonPointer,
  report: Report,
): void {
  if (rule.http === undefined || rule.http === null) return;
  if (rule.action !== 'Allow') {
    const message = `a rule with action ${shown(rule.action)} has http`;
    report({
      pointer: `${pointer}/http`,
      code: 'http-action',
      message,
      expected: 'http only in Allow rules',
    });
  }
  const { protocol } = rule;
  if (protocol === undefined || protocol === null || protocol === 'TCP' || protocol === 6) return;
  const message = `a rule with protocol ${shown(protocol)} has http`;
  report({ pointer: `${pointer}/http`, code: 'http-protocol', message, expected: 'protocol: TCP, or none' });
}
