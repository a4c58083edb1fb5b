import { keyOf } from '../../inventory/inventory-store.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import type { PodFound } from '../flow/flow-end.ts';
import type { PolicyWorld } from '../../calico/index.ts';
import {
  createEndReading,
  type GatheredEnd,
  type GatheredPods,
  nothingThere,
  partsOf,
  workloadsOf,
} from '../connections/gather-ends.ts';
import type { QuestionContext } from '../question-context.ts';

/** The ends of two states, in the same order: what is equal in both is one end. */
export interface BothEnds {
  readonly base: readonly GatheredEnd[];
  readonly head: readonly GatheredEnd[];
  /** Each end as it is named: as it is after the change, or was before it where it is gone. */
  readonly named: readonly GatheredEnd[];
  readonly worlds: { readonly base: readonly PolicyWorld[]; readonly head: readonly PolicyWorld[] };
}

interface Joint {
  readonly base?: GatheredPods & { readonly all: PodFound[] };
  readonly head?: GatheredPods & { readonly all: PodFound[] };
}

/** Gathers the workloads of both states in classes that are equal in each, and the addresses in parts for both. */
export function gatherBoth(base: QuestionContext, head: QuestionContext): BothEnds {
  const worlds = { base: worldsOf(base), head: worldsOf(head) };
  const [before, after] = [readAll(base, worlds.base), readAll(head, worlds.head)];
  const classes = new Map<string, Joint>();
  for (const name of new Set([...after.keys(), ...before.keys()])) {
    const [was, is] = [before.get(name), after.get(name)];
    const namespace = (is ?? was)?.pods.namespace ?? '';
    const key = JSON.stringify([namespace, was?.key ?? '', is?.key ?? '']);
    const known = classes.get(key);
    if (!known) {
      classes.set(key, {
        ...(was ? { base: { kind: 'pods', end: was.pods, door: was.door, all: [was.pods] } } : {}),
        ...(is ? { head: { kind: 'pods', end: is.pods, door: is.door, all: [is.pods] } } : {}),
      });
      continue;
    }
    if (was) known.base?.all.push(was.pods);
    if (is) known.head?.all.push(is.pods);
  }
  const joint = [...classes.values()];
  const pods = {
    base: joint.map((one): GatheredEnd => one.base ?? nothingThere),
    head: joint.map((one): GatheredEnd => one.head ?? nothingThere),
  };
  const parts = partsOf([...worlds.base, ...worlds.head], [...pods.base, ...pods.head], []);
  return {
    base: [...pods.base, ...parts],
    head: [...pods.head, ...parts],
    named: [...joint.map((one): GatheredEnd => one.head ?? one.base ?? nothingThere), ...parts],
    worlds,
  };
}

export function worldsOf({ inventory }: QuestionContext): readonly PolicyWorld[] {
  return [...new Set(possibleWorlds(inventory).flatMap((one) => one.worlds))];
}

function readAll(question: QuestionContext, worlds: readonly PolicyWorld[]) {
  const workloads = workloadsOf(question);
  const read = createEndReading(question, worlds, workloads);
  return new Map(
    workloads.flatMap((pods) =>
      pods.object ? [[keyOf(pods.object), { pods, ...read(pods) }] as const] : [],
    ),
  );
}
