import { holds } from '../../kubernetes/net/number-set.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import { overlay } from '../../inventory/overlay.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import { podsOf } from '../flow/find-pods.ts';
import { type GatheredEnd, nothingThere } from '../connections/gather-ends.ts';
import { createDoors } from '../connections/mesh-door.ts';
import { type ConnectionSearch, createSearch } from '../connections/search-connections.ts';
import type { QuestionContext } from '../question-context.ts';
import { type BothEnds, worldsOf } from './both-ends.ts';
import type { ObjectChange } from './changed-objects.ts';
import { createCoverage, type CoverageOf } from './compare-coverage.ts';
import type { FoundChange } from './compare-connections.ts';
import type { ConnectionState, CoverageChange } from './diff-answer.ts';

/** Changed objects that are tried one by one: each is a state of its own. */
export const mostObjects = 24;
/** Changes for which they are tried. */
export const mostChanges = 60;

/** Says which of the changed objects did something. */
export interface Attribution {
  readonly connection: (found: FoundChange) => readonly ObjectReference[];
  readonly coverage: (change: Omit<CoverageChange, 'by'>) => readonly ObjectReference[];
  /** What was left out, because there was too much of it. */
  readonly cutShort: () => readonly string[];
}

/** A state with one object changed. */
interface Trial {
  readonly object: ObjectChange;
  readonly question: QuestionContext;
  readonly coverage: () => CoverageOf;
}

/**
 * Creates the attribution: each changed object is put alone into the state before the change, and where none does it alone
 * is taken alone out of the state after it.
 */
export function createAttribution(
  base: QuestionContext,
  head: QuestionContext,
  ends: BothEnds,
  objects: readonly ObjectChange[],
): Attribution {
  const [only, another] = objects;
  let left = mostChanges;
  let isCut = false;
  const isTooMany = objects.length > mostObjects;
  const alone = isTooMany ? [] : objects.map((object) => trialOf(base, object, 'there'));
  const without = isTooMany ? [] : objects.map((object) => trialOf(head, object, 'back'));
  const tried = (is: (trial: Trial) => boolean, isNot: (trial: Trial) => boolean) => {
    if (only && !another) return [only.reference];
    if (isTooMany || left === 0) {
      isCut ||= !isTooMany;
      return [];
    }
    left -= 1;
    const found = alone.filter(is);
    return (found.length > 0 ? found : without.filter(isNot)).map(({ object }) => object.reference);
  };
  return {
    connection: (found) => {
      const isAsAfter = (trial: Trial) => isSame(stateIn(trial.question, found, ends), found.change.after);
      return tried(isAsAfter, (trial) => !isAsAfter(trial));
    },
    coverage: ({ direction, family, kind, namespace }) => {
      const isClosed = (trial: Trial) => trial.coverage()(namespace, direction, family) === 'deny';
      const isAsAfter = (trial: Trial) => isClosed(trial) === (kind === 'won');
      return tried(isAsAfter, (trial) => !isAsAfter(trial));
    },
    cutShort: () => [
      ...(isTooMany
        ? [`which of ${objects.length} changed objects did it is worked out for at most ${mostObjects}`]
        : []),
      ...(isCut ? [`which object did it is worked out for the first ${mostChanges} changes`] : []),
    ],
  };
}

function trialOf(question: QuestionContext, object: ObjectChange, way: 'there' | 'back'): Trial {
  const changed = { ...question, inventory: overlay(question.inventory, object[way]) };
  let coverage: CoverageOf | undefined;
  return { object, question: changed, coverage: () => (coverage ??= createCoverage(changed)) };
}

function isSame(one: ConnectionState | undefined, other: ConnectionState | undefined): boolean {
  return one?.verdict === other?.verdict && one?.encryption === other?.encryption;
}

/** How the first connection of a change is in another state; undefined where it is denied there. */
function stateIn(
  question: QuestionContext,
  { change, family, from, protocol, to }: FoundChange,
  ends: BothEnds,
): ConnectionState | undefined {
  const [number] = change.numbers[0] ?? [];
  if (number === undefined) return undefined;
  const [source, destination] = [from[0], to[0]].map((one) => endIn(question, ends.named[one ?? -1]));
  const search: ConnectionSearch = createSearch(worldsOf(question), [
    source ?? nothingThere,
    destination ?? nothingThere,
  ]);
  const open = search.between(0, 1, protocol, family).find(({ numbers }) => holds(numbers, number));
  return open && { verdict: open.verdict, encryption: open.encryption };
}

/** An end as it is in another state. */
function endIn(question: QuestionContext, end: GatheredEnd | undefined): GatheredEnd {
  if (end?.kind !== 'pods' || !end.end.object) return end ?? nothingThere;
  const key = keyOf(end.end.object);
  for (const object of question.inventory.workloads(end.end.namespace)) {
    if (keyOf(object) !== key) continue;
    const pods = podsOf(object, question);
    if (!pods) return nothingThere;
    return { kind: 'pods', end: pods, door: createDoors(question)(pods), all: [pods] };
  }
  return nothingThere;
}
