import { createHash } from 'node:crypto';
import type { Finding } from '../facts/finding.ts';
import { groupOf } from '../kubernetes/object.ts';

/**
 * Names each finding by its rule, object and field, so that it stays the same finding when lines move; a number tells
 * apart findings that agree in all of these.
 */
export function fingerprintsOf(
  findings: readonly Pick<Finding, 'rule' | 'object' | 'pointer'>[],
): readonly string[] {
  const seen = new Map<string, number>();
  return findings.map(({ rule, object, pointer }) => {
    const key = [
      rule,
      groupOf(object.apiVersion),
      object.kind,
      object.namespace ?? '',
      object.name,
      pointer,
    ].join('\n');
    const number = seen.get(key) ?? 0;
    seen.set(key, number + 1);
    return createHash('sha256').update(`${key}\n${number}`).digest('hex');
  });
}
