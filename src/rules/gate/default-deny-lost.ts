import { type ObjectReference, referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext, Subject } from '../rule.ts';
import { namespacesReached, othersReached, ownNamespace, type ReachedNamespace } from './change-reach.ts';
import { compareCover, type CoverComparison, type LostDirection } from './lost-cover.ts';
import { type DirectionVerdict, judgeNamespace } from './namespace-coverage.ts';
import { directionsInWords, type MayName, namesInWords } from './words.ts';

/**
 * A change takes the default-deny from a governed namespace that had one, wherever the changed object lives: a policy,
 * tier or network set that comes, goes or changes, a namespace that is relabelled, a service account with labels. Where
 * it could not be decided before, the change must not open what is visible of it.
 * Namespaces that are being emptied do not count, nor do held ones without workloads.
 */
export const defaultDenyLost: Rule = {
  id: 'gate/default-deny-lost',
  title: 'A change takes the default-deny from a namespace that had one',
  appliesTo: {
    kinds: ['policy', 'Namespace', 'ServiceAccount'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  },
  defaultAction: 'deny',
  witnessIs: 'escapes',
  readsInventory: true,
  ratchet: false,
  reaches: othersReached,
  check: (subject, context) => {
    const cover = compareCover(context.before, context.inventory);
    const losses = namespacesReached(subject, context).flatMap(
      (reached) => lossOf(reached, cover, context) ?? [],
    );
    return groupByJudge(referenceOf(subject.object), losses, context).flatMap((group) => {
      const [first] = group;
      return first ? [findingFor(subject, first, group, cover, context)] : [];
    });
  },
};

/** One namespace that loses its default-deny. */
interface Loss extends ReachedNamespace {
  readonly lost: readonly LostDirection[];
  /** Whether it could not be decided before in some direction that is lost. */
  readonly undecided: boolean;
}

function lossOf(
  reached: ReachedNamespace,
  cover: CoverComparison,
  { before }: RuleContext,
): Loss | undefined {
  const { name, wanted } = reached;
  const lost = cover.lost(reached);
  if (lost.length === 0 || (wanted.onMissing === 'hold' && isEmpty(before.workloads(name)))) return undefined;
  return { ...reached, lost, undecided: lost.some(({ undecided }) => undecided) };
}

function isEmpty(objects: Iterable<unknown>): boolean {
  for (const _ of objects) return false;
  return true;
}

/** One finding for all the namespaces of which the same convention and the same waiver decide. */
function groupByJudge(
  object: ObjectReference,
  losses: readonly Loss[],
  { conventions, now }: RuleContext,
): readonly (readonly Loss[])[] {
  const groups = Map.groupBy(losses, ({ former, convention, undecided }) => {
    const waiver =
      conventions.waivers.length === 0
        ? undefined
        : conventions.waiverFor({ rule: 'gate/default-deny-lost', object }, former, now);
    return JSON.stringify([convention.name, waiver?.name, undecided]);
  });
  return [...groups.values()];
}

function findingFor(
  { object, operation }: Subject,
  loss: Loss,
  losses: readonly Loss[],
  cover: CoverComparison,
  context: RuleContext,
): Finding {
  const own = ownNamespace(object);
  const others = losses.flatMap(({ name }) => (object.kind === 'Namespace' && name === own ? [] : [name]));
  const isIt = others.length < losses.length;
  const places = [
    ...(isIt ? ['it'] : []),
    ...(others.length > 0 ? [`namespace${others.length > 1 ? 's' : ''} ${namesInWords(others)}`] : []),
  ];
  const relabelled = object.kind === 'Namespace';
  const far = loss.undecided ? ', as far as its policies can be read' : '';
  const told = witnessFor(object, loss, cover, context);
  return {
    rule: 'gate/default-deny-lost',
    object: referenceOf(object),
    pointer: '',
    message: `${nameOf(object)}: ${changeInWords(operation, relabelled)}, ${directionsInWords(loss.lost)} no longer denied by default in ${places.join(' and ')}${far}`,
    ...told,
    expected: `${repairsFor(own, loss, context)}${expectedFor(operation, relabelled)}`,
    namespace: loss.name,
  };
}

/** Who asks about a namespaced object is told what is in its own namespace, and of others the name alone. */
function witnessFor(
  object: Subject['object'],
  loss: Loss,
  cover: CoverComparison,
  context: RuleContext,
): Pick<Finding, 'witness' | 'forLog'> {
  const own = ownNamespace(object);
  const full = `in "${loss.name}": ${escapeOf(loss, cover, context, () => true)}`;
  if (own === undefined) return { witness: full };
  if (own !== loss.name) return { witness: `a pod of "${loss.name}"${foundBy(object)}`, forLog: full };
  const mayName: MayName = (namespace) => namespace === own;
  return { witness: `in "${loss.name}": ${escapeOf(loss, cover, context, mayName)}`, forLog: full };
}

/** How an object of one namespace comes into the policies of another. */
function foundBy(object: Subject['object']): string {
  if (object.kind === 'NetworkSet') return `; its policies find ${nameOf(object)} by labels or namespace`;
  if (object.kind === 'Namespace')
    return `; its policies find network sets of "${object.metadata.name ?? ''}" by the labels of their namespace`;
  return '';
}

function escapeOf(loss: Loss, cover: CoverComparison, { inventory }: RuleContext, mayName: MayName): string {
  const isLost = ({ direction }: DirectionVerdict) => loss.lost.some((lost) => lost.direction === direction);
  const certain = judgeNamespace(inventory, loss.now, loss.wanted, mayName).filter(isLost);
  const found = [...certain, ...cover.opened(loss, mayName)].find(({ escapes }) => escapes !== undefined);
  return found?.escapes ?? certain[0]?.reasons.join('; ') ?? 'unknown';
}

/** What keeps the verdict of the requester's own namespace open must be repaired, whatever else is done. */
function repairsFor(own: string | undefined, loss: Loss, { before }: RuleContext): string {
  if (!loss.undecided) return '';
  const reasons = judgeNamespace(before, loss.former, loss.wanted).flatMap((verdict) => verdict.reasons);
  const known = own === undefined || own === loss.name ? ` (${[...new Set(reasons)].join('; ')})` : '';
  return `repair what keeps the verdict open${known}; `;
}

function changeInWords(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'with these labels';
  if (operation === 'DELETE') return 'without it';
  return operation === 'CREATE' ? 'beside it' : 'after this change';
}

function expectedFor(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'first a policy that covers the namespace with its new labels, then the labels';
  if (operation === 'CREATE') return 'rules that name their peers and ports, or a position behind the deny';
  return 'apply the replacement first, then make this change';
}
