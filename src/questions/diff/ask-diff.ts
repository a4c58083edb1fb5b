import type { KubernetesObject } from '../../kubernetes/object.ts';
import { createSearch } from '../connections/search-connections.ts';
import { createWriting } from '../connections/write-connections.ts';
import type { QuestionContext } from '../question-context.ts';
import { createAttribution } from './attribute.ts';
import { gatherBoth } from './both-ends.ts';
import { changedObjects } from './changed-objects.ts';
import { compareConnections, type FoundChange } from './compare-connections.ts';
import { compareCoverage } from './compare-coverage.ts';
import type { ConnectionChange, DiffAnswer } from './diff-answer.ts';

/** A state with the objects that it is made of. */
export interface DiffSide {
  readonly question: QuestionContext;
  readonly objects: readonly KubernetesObject[];
}

/**
 * What is different between two states for connections and coverage: the pure half of `tollgate diff`.
 *
 *     two states
 *        │  both-ends.ts             ends that are equal in both, and parts of the addresses for both
 *        ▼
 *     compare-connections.ts         all connections of each (questions/connections), pair by pair
 *     compare-coverage.ts            each direction of each namespace
 *        │
 *        ▼
 *     changed-objects.ts, attribute.ts     which object did it: each tried alone
 *
 * @param base the state before
 * @param head the state after
 * @returns every change; nothing for equal states, and for the states exchanged what was opened is closed
 */
export function askDiff(base: DiffSide, head: DiffSide): DiffAnswer {
  const ends = gatherBoth(base.question, head.question);
  const objects = changedObjects(base.objects, head.objects);
  const attribution = createAttribution(base.question, head.question, ends, objects);
  const writing = createWriting(ends.named);
  const endOf = (numbers: readonly number[], { family }: FoundChange) => {
    const end = ends.named[numbers[0] ?? -1];
    return end?.kind === 'pods' ? writing.pods(end) : writing.addresses(numbers, family);
  };
  const found = compareConnections(
    ends,
    createSearch(ends.worlds.base, ends.base),
    createSearch(ends.worlds.head, ends.head),
  );
  const connections = Array.from(found, (one): ConnectionChange => {
    const { after, before, kind, numbers, open } = one.change;
    const [from, to] = [endOf(one.from, one), endOf(one.to, one)];
    const written = writing.connection(from, to, one.protocol, one.family, { ...open, numbers });
    const { because, encryption: _encryption, verdict: _verdict, why: _why, ...connection } = written;
    return {
      ...connection,
      kind,
      ...(before ? { before } : {}),
      ...(after ? { after } : {}),
      because,
      by: attribution.connection(one),
    };
  });
  const coverage = compareCoverage(base.question, head.question).map((change) => ({
    ...change,
    by: attribution.coverage(change),
  }));
  const named = new Set(connections.flatMap(({ from, to }) => [from, to]));
  return {
    ends: writing.ends().filter(({ id }) => named.has(id)),
    connections,
    coverage,
    objects: objects.map(({ kind, reference }) => ({ kind, reference })),
    incomplete: [base, head].flatMap(({ question }, side) =>
      question.inventory.gaps.map(
        ({ what, why }) => `${what} (${side === 0 ? 'before' : 'after'}) could not be read: ${why}`,
      ),
    ),
    cutShort: attribution.cutShort(),
  };
}
