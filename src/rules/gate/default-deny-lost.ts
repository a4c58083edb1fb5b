import { referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Finding } from '../../facts/finding.ts';
import type { Rule } from '../rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import {
  namespacesReached,
  othersReached,
  ownNamespace,
  type ReachedNamespace,
} from '../../facts/coverage/change-reach.ts';
import { witnessFor } from '../../facts/coverage/disclosure.ts';
import { isSpared } from '../../facts/coverage/spared.ts';
import { compareCover, type CoverComparison, type LostDirection } from '../../facts/coverage/lost-cover.ts';
import { type DirectionVerdict, judgeNamespace } from '../../facts/coverage/namespace-coverage.ts';
import { groupByJudge } from '../../facts/coverage/group-by-judge.ts';
import { findingsOnLeftOut } from '../../facts/coverage/left-out.ts';
import {
  changeInWords,
  directionsInWords,
  type MayName,
  namesInWords,
} from '../../facts/coverage/coverage-in-words.ts';
import { plural } from '../../text/plural.ts';

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
    const found = groupByJudge(referenceOf(subject.object), losses, context, isUndecided).flatMap((group) => {
      const [first] = group;
      return first ? [findingFor(subject, first, group, cover, context)] : [];
    });
    return [...found, ...findingsOnLeftOut(subject, context)];
  },
};

/** One namespace that loses its default-deny. */
interface Loss extends ReachedNamespace {
  readonly lost: readonly LostDirection[];
  /** Whether it could not be decided before in some direction that is lost. */
  readonly undecided: boolean;
}

function lossOf(reached: ReachedNamespace, cover: CoverComparison, context: RuleContext): Loss | undefined {
  const lost = cover.lost(reached);
  if (lost.length === 0 || isSpared(reached, context)) return undefined;
  return { ...reached, lost, undecided: lost.some(({ undecided }) => undecided) };
}

/** What could not be decided before is told apart from what was denied. */
function isUndecided({ undecided }: Loss): string {
  return undecided ? 'undecided' : '';
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
    ...(others.length > 0 ? [`${plural(others.length, 'namespace')} ${namesInWords(others)}`] : []),
  ];
  const relabelled = object.kind === 'Namespace';
  const far = loss.undecided ? ', as far as its policies can be read' : '';
  const told = witnessFor(object, loss.name, (mayName) => escapeOf(loss, cover, context, mayName));
  return {
    rule: 'gate/default-deny-lost',
    object: referenceOf(object),
    pointer: '',
    message: `${nameOf(object)}: ${changeInWords(operation, object)}, ${directionsInWords(loss.lost)} no longer denied by default in ${places.join(' and ')}${far}`,
    ...told,
    expected: `${repairsFor(own, loss, context)}${expectedFor(operation, relabelled)}`,
    namespace: loss.name,
  };
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

function expectedFor(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'first a policy that covers the namespace with its new labels, then the labels';
  if (operation === 'CREATE') return 'rules that name their peers and ports, or a position behind the deny';
  return 'apply the replacement first, then make this change';
}
