import type { Direction } from '../../../src/calico/index.ts';
import { namespaceIdentity } from '../../../src/kubernetes/namespace.ts';
import { isRecord, type KubernetesObject } from '../../../src/kubernetes/object.ts';
import { injectedMark } from './injector.ts';
import type { Outcome } from './operation.ts';
import { createJudge, type JudgedNamespace, type JudgedState } from './verdicts.ts';

/** A promise of docs that was not kept. */
export interface Violation {
  /** `P1` cover, `P2` birth, `P3` mesh and labels, `P5` no needless refusal. */
  readonly property: 'P1' | 'P2' | 'P3' | 'P5';
  readonly what: string;
  readonly namespace?: string;
  readonly details: string;
  /** The same for violations that are probably of one cause. */
  readonly signature: string;
}

/**
 * What is remembered of a namespace while it belongs to a convention that asks for less: the directions in which it was
 * closed, and by what kind of convention.
 */
export type ClosedBefore = Map<string, Map<Direction, 'reject' | 'hold'>>;

/** Everything that is wrong with what a step made of the state before it. */
export function violationsOf(
  before: JudgedState,
  after: JudgedState,
  outcomes: readonly Outcome[],
  memory: ClosedBefore,
): readonly Violation[] {
  const doers = [
    ...new Set(outcomes.filter(({ result }) => result === 'admitted').map(({ operation }) => operation.what)),
  ];
  const found: Found[] = [...needlessRefusals(outcomes)];
  const isOurs = isDoneBy(before, after, outcomes);
  for (const now of after.namespaces.values()) {
    const was = before.namespaces.get(now.uid);
    if (!now.terminating) {
      if (was)
        found.push(...coverLost(was, now, before, after, memory), ...leftInSilence(was, now, outcomes));
      else found.push(...bornOpen(now, outcomes));
      found.push(...heldPods(was, now), ...podsOutside(was, now, outcomes));
    }
    remember(now, memory);
  }
  return found.map(({ by, ...violation }) => ({
    ...violation,
    signature: [
      violation.property,
      violation.what,
      by ?? (violation.property === 'P1' && !isOurs ? 'a controller' : doers.join(' & ') || 'a controller'),
    ].join(': '),
  }));
}

interface Found extends Omit<Violation, 'signature'> {
  /** The operations that did it, where it is not all of the step. */
  readonly by?: string;
}

/** Whether some operation was about some object that has changed; if not, a controller has done it by and by. */
function isDoneBy(before: JudgedState, after: JudgedState, outcomes: readonly Outcome[]): boolean {
  const objectsOf = ({ state }: JudgedState) => [...state.namespaces, ...state.accounts, ...state.policies];
  const versions = new Map(objectsOf(before).map((object) => [uidOf(object), object]));
  const changed: KubernetesObject[] = [];
  for (const object of objectsOf(after)) {
    const former = versions.get(uidOf(object));
    versions.delete(uidOf(object));
    if (former?.metadata.resourceVersion !== object.metadata.resourceVersion) changed.push(object);
  }
  changed.push(...versions.values());
  const names = changed.map(({ metadata }) => (metadata.name ?? '').replace(/-r\d+$/, '%'));
  return outcomes.some(({ operation, result }) => {
    if (result !== 'admitted') return false;
    const parts = operation.path.split(/[/?]/);
    const { metadata } = (operation.body ?? {}) as { readonly metadata?: { readonly name?: string } };
    const isCollection = operation.method === 'DELETE' && operation.what.startsWith('delete all ');
    return isCollection || names.some((name) => parts.includes(name) || metadata?.name === name);
  });
}

function needlessRefusals(outcomes: readonly Outcome[]): readonly Found[] {
  return outcomes
    .filter(({ operation, result }) => operation.mustPass !== undefined && result === 'refused')
    .map(({ operation, message }) => ({
      property: 'P5',
      what: 'a needless refusal',
      details: `${operation.mustPass}: ${operation.method} ${operation.path}: ${message}`,
      by: operation.what,
    }));
}

function coverLost(
  was: JudgedNamespace,
  now: JudgedNamespace,
  before: JudgedState,
  after: JudgedState,
  memory: ClosedBefore,
): readonly Found[] {
  return [...now.asked].flatMap(([direction, { verdict, visible, because }]): Found[] => {
    if (verdict === 'closed') return [];
    const former = was.asked.get(direction);
    const closedBefore = memory.get(now.uid)?.get(direction);
    const isBack = former
      ? isHold(was) && !isHold(now) && closedBefore === 'reject'
      : closedBefore !== undefined;
    const wasClosed = former?.verdict === 'closed' || isBack;
    const wasVisiblyClosed = former?.visible === 'closed' && visible === 'open';
    if (!wasClosed && !wasVisiblyClosed) return [];
    if ((isBack || isHold(was)) && isHold(now) && alive(now).length === 0) return [];
    if (isClosedButForWhatLeaves(now, direction, before, after)) return [];
    const way = isBack ? `, which had ${former ? 'been on hold' : 'left its convention'} for a while,` : '';
    const becomes = wasClosed ? verdict : 'open in what can be read of its policies';
    return [
      {
        property: 'P1',
        what: `a namespace${way} becomes ${becomes}`,
        namespace: now.name,
        details: `${now.name} ${direction} (convention ${now.convention?.name}): ${because}`,
      },
    ];
  });
}

function isHold({ convention }: JudgedNamespace): boolean {
  return convention?.defaultDeny?.onMissing === 'hold';
}

/** What was being deleted already, or lay in a namespace that is, may go: nobody can keep it. */
function isClosedButForWhatLeaves(
  { name, convention }: JudgedNamespace,
  direction: Direction,
  before: JudgedState,
  after: JudgedState,
): boolean {
  const present = new Set(after.state.policies.map(uidOf));
  const emptied = new Set(
    [...before.namespaces.values(), ...after.namespaces.values()]
      .filter(({ terminating }) => terminating)
      .map((one) => one.name),
  );
  const gone = before.state.policies.filter(
    (object) =>
      !present.has(uidOf(object)) &&
      (object.metadata.deletionTimestamp !== undefined || emptied.has(object.metadata.namespace ?? '')),
  );
  const namespace = after.state.namespaces.find(({ metadata }) => metadata.name === name);
  if (gone.length === 0 || !convention?.defaultDeny || !namespace) return false;
  const judge = createJudge({
    ...after.state,
    policies: [...after.state.policies, ...gone.map(asIfStaying)],
  });
  return (
    judge(namespaceIdentity(name, namespace), direction, convention.defaultDeny.families).verdict === 'closed'
  );
}

function asIfStaying(object: KubernetesObject): KubernetesObject {
  const { deletionTimestamp: _deletionTimestamp, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Who leaves for a convention that asks for less must at least be told. */
function leftInSilence(
  was: JudgedNamespace,
  now: JudgedNamespace,
  outcomes: readonly Outcome[],
): readonly Found[] {
  if (was.convention === now.convention || was.convention === undefined) return [];
  const given = [...was.asked].filter(
    ([direction, { verdict }]) => verdict === 'closed' && !now.asked.has(direction),
  );
  const moves = outcomes.filter(
    ({ operation, result, warnings }) =>
      result === 'admitted' && operation.path.includes('/namespaces/') && warnings.length === 0,
  );
  if (given.length === 0 || moves.length === 0 || moves.length < outcomes.length) return [];
  return [
    {
      property: 'P1',
      what: 'a namespace leaves for a convention that asks for less, without a word',
      namespace: now.name,
      details: `${now.name}: from ${was.convention.name} to ${now.convention?.name ?? 'none'}`,
    },
  ];
}

function bornOpen(now: JudgedNamespace, outcomes: readonly Outcome[]): readonly Found[] {
  const isOfBefore = outcomes.some(({ operation }) => operation.user === 'before');
  if (isOfBefore || now.convention?.defaultDeny?.onMissing !== 'reject') return [];
  return [...now.asked].flatMap(([direction, { verdict, because }]): Found[] =>
    verdict === 'closed'
      ? []
      : [
          {
            property: 'P2',
            what: `a namespace is born ${verdict}`,
            namespace: now.name,
            details: `${now.name} ${direction} (convention ${now.convention?.name}): ${because}`,
          },
        ],
  );
}

function heldPods(was: JudgedNamespace | undefined, now: JudgedNamespace): readonly Found[] {
  if (now.convention?.defaultDeny?.onMissing !== 'hold') return [];
  const open = [...now.asked].filter(([, { verdict }]) => verdict !== 'closed');
  if (open.length === 0) return [];
  return newPods(was, now).map((pod) => ({
    property: 'P2',
    what: 'a pod comes into a held namespace that is not closed',
    namespace: now.name,
    details: `${now.name}/${pod.metadata.name}: ${open.map(([direction, { verdict }]) => `${direction} ${verdict}`).join(', ')}`,
  }));
}

const requiredLabel = 'app.kubernetes.io/name';
const proxyUser = 2102;

function podsOutside(
  was: JudgedNamespace | undefined,
  now: JudgedNamespace,
  outcomes: readonly Outcome[],
): readonly Found[] {
  const { convention } = now;
  if (!convention?.mesh || outcomes.some(({ operation }) => operation.user === 'before')) return [];
  const fresh = newPods(was, now);
  const known = new Map(was?.pods.map((pod) => [uidOf(pod), pod]));
  const found = (pod: KubernetesObject, what: string): Found => ({
    property: 'P3',
    what,
    namespace: now.name,
    details: `${now.name}/${pod.metadata.name} of ${JSON.stringify(pod.metadata.ownerReferences?.map(({ kind }) => kind) ?? 'nobody')}`,
    ...(isMadeByController(pod) && { by: 'a controller' }),
  });
  return [
    ...fresh
      .filter((pod) => pod.metadata.annotations?.[injectedMark] === undefined)
      .map((pod) => found(pod, 'a pod starts outside the mesh')),
    ...fresh.filter((pod) => !isLabelled(pod)).map((pod) => found(pod, 'a pod starts without its label')),
    ...now.pods.flatMap((pod) => {
      const former = known.get(uidOf(pod));
      if (!former) return [];
      return [
        ...(isLabelled(former) && !isLabelled(pod) ? [found(pod, 'a pod loses its label')] : []),
        ...(!runsAsProxy(former) && runsAsProxy(pod)
          ? [found(pod, 'a container comes that runs as the proxy')]
          : []),
      ];
    }),
  ];
}

function isLabelled({ metadata }: KubernetesObject): boolean {
  return (metadata.labels?.[requiredLabel] ?? '') !== '';
}

/** Its traffic is the proxy's to Linkerd, so it goes around the mesh. */
function runsAsProxy({ spec }: KubernetesObject): boolean {
  const containers = isRecord(spec) ? spec['ephemeralContainers'] : undefined;
  return (
    Array.isArray(containers) &&
    containers.some(
      (one: unknown) =>
        isRecord(one) &&
        isRecord(one['securityContext']) &&
        one['securityContext']['runAsUser'] === proxyUser,
    )
  );
}

function isMadeByController({ metadata }: KubernetesObject): boolean {
  return (
    metadata.ownerReferences?.some(
      ({ kind }) => kind === 'Job' || kind === 'ReplicaSet' || kind === 'StatefulSet',
    ) ?? false
  );
}

function newPods(was: JudgedNamespace | undefined, now: JudgedNamespace): readonly KubernetesObject[] {
  const known = new Set(was?.pods.map(uidOf));
  return alive(now).filter((pod) => !known.has(uidOf(pod)));
}

function alive({ pods }: JudgedNamespace): readonly KubernetesObject[] {
  return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

function uidOf({ metadata }: KubernetesObject): string {
  return (metadata as { uid?: string }).uid ?? '';
}

function remember(now: JudgedNamespace, memory: ClosedBefore): void {
  const closed = memory.get(now.uid) ?? new Map<Direction, 'reject' | 'hold'>();
  const kind = isHold(now) ? 'hold' : 'reject';
  for (const [direction, { verdict }] of now.asked) {
    if (verdict === 'closed' && closed.get(direction) !== 'reject') closed.set(direction, kind);
    // On hold it may open, but not come back open.
    if (verdict !== 'closed' && (kind === 'reject' || closed.get(direction) === 'hold'))
      closed.delete(direction);
  }
  memory.set(now.uid, closed);
}
