import {
  createPolicyWorld,
  type Direction,
  judgeCoverage,
  type PolicyWorld,
} from '../../../src/calico/index.ts';
import type { Convention } from '../../../src/conventions/convention/convention.ts';
import {
  isTerminating,
  namespaceIdentity,
  type NamespaceIdentity,
} from '../../../src/kubernetes/namespace.ts';
import { type KubernetesObject, referenceOf } from '../../../src/kubernetes/object.ts';
import { calico, type Governing } from './conventions.ts';
import type { State } from './state.ts';

/** How one direction of a namespace stands. */
export interface Standing {
  readonly verdict: 'closed' | 'open' | 'undecided';
  /** The same where objects that cannot be read do not count. */
  readonly visible: 'closed' | 'open' | 'undecided';
  /** Who gets through, or why nobody can tell. */
  readonly because: string;
}

/** One namespace of a state. */
export interface JudgedNamespace {
  readonly uid: string;
  readonly name: string;
  readonly terminating: boolean;
  readonly convention: Convention | undefined;
  /** Of the directions that its convention asks for. */
  readonly asked: ReadonlyMap<Direction, Standing>;
  readonly pods: readonly KubernetesObject[];
}

export interface JudgedState {
  readonly state: State;
  /** By uid. */
  readonly namespaces: ReadonlyMap<string, JudgedNamespace>;
}

/**
 * Judges every namespace of a state anew, from its objects alone.
 * @param before the state before, whose verdicts stay where nothing that decides has changed
 */
export function judgeState(state: State, governing: Governing, before?: JudgedState): JudgedState {
  const same = before?.state.version === state.version ? before : undefined;
  const judge = createJudge(state);
  const podsIn = Map.groupBy(state.pods, ({ metadata }) => metadata.namespace);
  const namespaces = state.namespaces.map((namespace): JudgedNamespace => {
    const { name = '', uid = '' } = namespace.metadata as { name?: string; uid?: string };
    const pods = podsIn.get(name) ?? [];
    const known = same?.namespaces.get(uid);
    if (known) return { ...known, pods };
    const identity = namespaceIdentity(name, namespace);
    const convention = governing(identity);
    const asked = new Map<Direction, Standing>();
    if (convention?.defaultDeny)
      for (const direction of convention.defaultDeny.directions)
        asked.set(direction, judge(identity, direction, convention.defaultDeny.families));
    return { uid, name, terminating: isTerminating(namespace), convention, asked, pods };
  });
  return { state, namespaces: new Map(namespaces.map((one) => [one.uid, one])) };
}

type Families = NonNullable<Convention['defaultDeny']>['families'];
type Judge = (namespace: NamespaceIdentity, direction: Direction, families: Families) => Standing;

/** Policies that are being deleted decide until they are gone, so a namespace has to be closed with and without them. */
export function createJudge({
  policies,
  accounts,
  namespaces,
}: Pick<State, 'policies' | 'accounts' | 'namespaces'>): Judge {
  const lasting = policies.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const around = [...namespaces, ...accounts];
  const versions = lasting.length === policies.length ? [policies] : [policies, lasting];
  const known = versions.map((objects) => ({ objects, world: once(() => worldOf([...around, ...objects])) }));
  return (namespace, direction, families) => {
    const options = { directions: [direction], families };
    const standings = known.map(({ objects, world }): Standing => {
      const [found] = judgeCoverage(world(), namespace, options).directions;
      if (found?.verdict === 'deny') return { verdict: 'closed', visible: 'closed', because: '' };
      if (found?.verdict === 'allow')
        return { verdict: 'open', visible: 'open', because: JSON.stringify(found.witness) };
      const visible = visibleVerdict(around, objects, namespace, options);
      return {
        verdict: 'undecided',
        visible,
        because: (found?.reasons ?? []).map(({ message }) => message).join('; '),
      };
    });
    const worst = (key: 'verdict' | 'visible') => {
      const all = new Set(standings.map((one) => one[key]));
      return all.has('open') ? 'open' : all.has('undecided') ? 'undecided' : 'closed';
    };
    const verdict = worst('verdict');
    const because = standings.find((one) => one.verdict === verdict)?.because ?? '';
    return { verdict, visible: worst('visible'), because };
  };
}

/** The verdict of those objects alone that can be read. */
function visibleVerdict(
  around: readonly KubernetesObject[],
  policies: readonly KubernetesObject[],
  namespace: NamespaceIdentity,
  options: { readonly directions: readonly Direction[]; readonly families: Families },
): Standing['visible'] {
  let readable = policies;
  for (let round = 0; round < 8; round += 1) {
    const [found] = judgeCoverage(worldOf([...around, ...readable]), namespace, options).directions;
    if (found?.verdict === 'deny') return 'closed';
    if (found?.verdict === 'allow') return 'open';
    const unreadable = new Set(
      (found?.reasons ?? []).flatMap(({ object }) => (object ? [keyOf(object)] : [])),
    );
    if (unreadable.size === 0) return 'undecided';
    readable = readable.filter((object) => !unreadable.has(keyOf(referenceOf(object))));
  }
  return 'undecided';
}

function keyOf({ apiVersion, kind, namespace, name }: ReturnType<typeof referenceOf>): string {
  return [apiVersion, kind, namespace, name].join('/');
}

function worldOf(objects: readonly KubernetesObject[]): PolicyWorld {
  return createPolicyWorld(objects, calico);
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
