import { common, either, noNumbers, type NumberSet, without } from '../../kubernetes/net/number-set.ts';
import type { OpenStretch } from '../connections/open-ports.ts';
import type { ConnectionChange, ConnectionState } from './diff-answer.ts';

/** Numbers of connections between two ends for which the same has changed. */
export interface OpenChange {
  readonly kind: ConnectionChange['kind'];
  readonly numbers: NumberSet;
  readonly before?: ConnectionState;
  readonly after?: ConnectionState;
  /** The stretch that it is a part of: after the change, or for what is closed before it. */
  readonly open: OpenStretch;
}

/**
 * What is different between what was open and what is: nothing where both are the same, and with the two sides exchanged
 * what was opened is closed.
 */
export function compareOpen(
  base: readonly OpenStretch[],
  head: readonly OpenStretch[],
): readonly OpenChange[] {
  const all = (open: readonly OpenStretch[]) => open.map(({ numbers }) => numbers).reduce(either, noNumbers);
  const [before, after] = [all(base), all(head)];
  const changes: OpenChange[] = [];
  for (const open of head) {
    const opened = without(open.numbers, before);
    if (opened.length > 0) changes.push({ kind: 'opened', numbers: opened, after: stateOf(open), open });
    for (const former of base) {
      const both = common(former.numbers, open.numbers);
      if (both.length === 0 || isSame(former, open)) continue;
      changes.push({
        kind: 'changed',
        numbers: both,
        before: stateOf(former),
        after: stateOf(open),
        open,
      });
    }
  }
  for (const open of base) {
    const closed = without(open.numbers, after);
    if (closed.length > 0) changes.push({ kind: 'closed', numbers: closed, before: stateOf(open), open });
  }
  return changes;
}

function stateOf({ encryption, verdict }: OpenStretch): ConnectionState {
  return { verdict, encryption };
}

function isSame(one: OpenStretch, other: OpenStretch): boolean {
  return one.verdict === other.verdict && one.encryption === other.encryption;
}
