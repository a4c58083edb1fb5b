import { isDeepStrictEqual } from 'node:util';
import {
  closesAlike,
  coverageQuestion,
  findPolicy,
  mayHoldClosed,
  mayOpen,
  packedAnnotation,
} from '../calico/index.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { overlay } from '../inventory/overlay.ts';
import { possibleWorlds } from '../inventory/possible-worlds.ts';
import type { Change } from '../inventory/inventory-store.ts';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import { isTerminating, namespaceIdentity } from '../kubernetes/namespace.ts';
import { referenceOf } from '../kubernetes/object.ts';
import { classOf, isPolicyKind } from '../kubernetes/object-class.ts';
import {
  isSpared,
  namespacesReached,
  othersReached,
  type ReachedNamespace,
} from '../facts/coverage/change-reach.ts';
import { isHeld, wantedOf } from '../facts/coverage/convention-change.ts';
import { coveredNamespace } from '../facts/coverage/covered-namespace.ts';
import { createVerdicts } from '../facts/coverage/namespace-coverage.ts';
import { createScope } from '../memo/scope.ts';
import type { RuleContext, Subject } from '../facts/subject.ts';
import { isFromJudgedTemplate } from '../facts/workload/template-owner.ts';
import { ruleIds } from '../rules/registry.ts';
import { findStored } from './find-stored.ts';
import { subjectOf } from './subject.ts';

/**
 * What an admitted change takes from governed namespaces, so that it must be confirmed before it is answered: cover, from
 * one that stays covered by what another change may be taking at this very moment; that nothing runs in a held one, on
 * which another change may rely; or that nobody asks for the cover of one, where it is relabelled.
 */
export interface TakeAway {
  readonly subject: Subject;
  /** Held namespaces that lose their cover, or come without one, because nothing is known to run there. */
  readonly emptied: readonly string[];
  /** Governed namespaces beyond the object's own on which it bears. */
  readonly reaches: readonly string[];
}

/**
 * Whether a change may take from a namespace what it relies on: a policy or a network set that goes or says something
 * else, and other labels of what policies select by them. Cheap, and true of more than `takeAwayOf` finds.
 */
export function mayTakeAway({ operation, object, oldObject }: Subject): boolean {
  if (operation === 'DELETE') return isPolicyKind(object) || object.kind === 'ServiceAccount';
  if (operation === 'CREATE') return isPolicyKind(object);
  if (operation !== 'UPDATE') return false;
  const isRespecified = isPolicyKind(object) && !isDeepStrictEqual(object.spec, oldObject?.spec);
  const isRelabelled =
    selectedKinds.has(object.kind) &&
    (!isDeepStrictEqual(object.metadata.labels ?? {}, oldObject?.metadata.labels ?? {}) ||
      object.metadata.annotations?.[packedAnnotation] !==
        oldObject?.metadata.annotations?.[packedAnnotation]);
  return isRespecified || isRelabelled;
}

/**
 * Whether a workload comes that a held namespace takes only while it is covered. Only true of those for whom that is
 * judged: what a controller makes of a judged template is there already, and a restart must not be an outage.
 */
export function reliesOnCover(subject: Subject, inventory: Inventory): boolean {
  const { operation, object } = subject;
  return (
    operation === 'CREATE' && classOf(object) === 'workload' && !isFromJudgedTemplate(subject, { inventory })
  );
}

/** What policies select by its labels, workloads left out: those take nothing from anybody else. */
const selectedKinds = new Set([
  'Namespace',
  'ServiceAccount',
  'NetworkSet',
  'GlobalNetworkSet',
  'HostEndpoint',
]);

/**
 * What a change takes from governed namespaces that are covered; undefined where it takes nothing on which their cover
 * could ever hang, and in doubt something. A policy that opens to everybody and lies behind others takes as well: what
 * lies before it may be going.
 * @param inventory what exists before the change
 */
export function takeAwayOf(
  request: AdmissionRequest,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): TakeAway | undefined {
  const subject = subjectOf(request, inventory);
  if (!subject) return undefined;
  if (reliesOnCover(subject, inventory)) return arrivalOf(subject, inventory, conventions);
  if (!mayTakeAway(subject)) return undefined;
  const before = withStored(subject, inventory);
  const context: RuleContext = {
    now,
    point: 'admission',
    before,
    inventory: overlay(before, changeOf(subject)),
    conventions,
    knownRules: ruleIds,
    answers: createScope(),
  };
  const verdictsBefore = createVerdicts(before);
  const takes = createTakes(subject, context);
  const emptied: string[] = [];
  // Before, nobody minded when its cover went, so that the copy may have one that is gone.
  let isShared = subject.operation === 'UPDATE' && wantedOf(subject, context) !== undefined;
  if (comesOpen(subject, context)) emptied.push(subject.object.metadata.name ?? '');
  for (const reached of namespacesReached(subject, context)) {
    const { verdicts, former, wanted, name } = reached;
    const guarded = verdictsBefore(former, wanted).filter(({ verdict }) => verdict !== 'allow');
    const lost = guarded.some(({ direction }) =>
      verdicts.some((verdict) => verdict.direction === direction && verdict.verdict !== 'deny'),
    );
    if (lost && isSpared(reached, context)) emptied.push(name);
    isShared ||= guarded.length > 0 && takes(reached);
  }
  if (!isShared && emptied.length === 0) return undefined;
  return { subject, emptied: [...new Set(emptied)], reaches: othersReached(subject, context) };
}

/** A workload takes from a held namespace that nothing runs there, as long as the namespace has a cover to lose. */
function arrivalOf(subject: Subject, inventory: Inventory, conventions: ConventionSet): TakeAway | undefined {
  const name = subject.object.metadata.namespace ?? 'default';
  const namespace = inventory.namespace(name);
  if (!namespace || isTerminating(namespace)) return undefined;
  const identity = namespaceIdentity(name, namespace);
  const wanted = conventions.governing(identity)?.defaultDeny;
  if (wanted?.onMissing !== 'hold') return undefined;
  const covered = coveredNamespace(identity, wanted, inventory);
  const hasCover = createVerdicts(inventory)(covered, wanted).some(({ verdict }) => verdict !== 'allow');
  return hasCover ? { subject, emptied: [], reaches: [] } : undefined;
}

/** Whether a relabelled namespace comes (back) under a convention that holds it, open, since nothing is known to run there. */
function comesOpen(subject: Subject, context: RuleContext): boolean {
  const wanted = subject.operation === 'UPDATE' ? wantedOf(subject, context) : undefined;
  if (!wanted || !isHeld(subject, wanted, context)) return false;
  const { object } = subject;
  const identity = namespaceIdentity(object.metadata.name ?? '', object);
  const covered = coveredNamespace(identity, wanted, context.inventory);
  return createVerdicts(context.inventory)(covered, wanted).some(({ verdict }) => verdict !== 'deny');
}

/** What becomes of the inventory by a change. */
function changeOf({ operation, object }: Subject): Change {
  return operation === 'DELETE' ? { remove: [referenceOf(object)] } : { put: [object] };
}

/** The object as the API server has it counts, and not as it was when the watch last told of it. */
function withStored({ operation, object, oldObject }: Subject, inventory: Inventory): Inventory {
  const stored = operation === 'DELETE' ? object : oldObject;
  if (!stored) return inventory;
  const found = findStored(inventory, referenceOf(stored));
  const isKnown =
    found !== undefined &&
    (found === stored || found.metadata.resourceVersion === stored.metadata.resourceVersion);
  return isKnown ? inventory : overlay(inventory, { put: [stored] });
}

/** Asked of each namespace that is reached: whether its cover can hang on what changes. */
function createTakes(subject: Subject, { before, inventory }: RuleContext) {
  const reference = referenceOf(subject.object);
  const [earlier, later] = [worldsOf(before), worldsOf(inventory)];
  const isPolicy = [...earlier, ...later].some((world) => findPolicy(world, reference));
  /** Namespaces between which no policy can tell have the same answer. */
  const known = new Map<object, boolean>();
  const answer = ({ former, now }: ReachedNamespace): boolean => {
    if (!isPolicy)
      return (
        earlier.length !== later.length ||
        earlier.some((world, index) => {
          const then = later[index];
          return !then || coverageQuestion(world, former) !== coverageQuestion(then, now);
        })
      );
    const versions = earlier.map((world, index) => {
      const then = later[index];
      const [policy, next] = [findPolicy(world, reference), then && findPolicy(then, reference)];
      return { before: policy && { world, policy }, after: next && then && { world: then, policy: next } };
    });
    const isAlike =
      earlier.length === later.length &&
      versions.every((one) => one.before && one.after && closesAlike(former, one.before, one.after));
    if (isAlike) return false;
    const holds = earlier.some((world) => {
      const policy = findPolicy(world, reference);
      return policy !== undefined && mayHoldClosed(world, former, policy);
    });
    return (
      holds ||
      later.some((world) => {
        const policy = findPolicy(world, reference);
        return policy !== undefined && mayOpen(world, former, policy);
      })
    );
  };
  return (reached: ReachedNamespace): boolean => {
    const question = coverageQuestion(before.policyWorld, reached.former);
    const found = known.get(question);
    if (found !== undefined && reached.former === reached.now) return found;
    const given = answer(reached);
    known.set(question, given);
    return given;
  };
}

/** The policies in every way in which they may be read, with and without those that are being deleted. */
function worldsOf(inventory: Inventory) {
  return possibleWorlds(inventory).flatMap(({ worlds }) => worlds);
}
