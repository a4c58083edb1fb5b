import type { Concerns, Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import {
  namespacesLeftOut,
  othersReached,
  ownNamespace,
  type ReachedNamespace,
} from '../../facts/coverage/change-reach.ts';
import { witnessFor } from '../../facts/coverage/disclosure.ts';
import { limits, effortFor, sizeOf } from '../../facts/limits.ts';
import { type CoverChange, coverChanges, tooMuch, visibly } from '../../facts/coverage/cover-change.ts';
import {
  createVerdicts,
  type DirectionVerdict,
  judgeNamespace,
  judgeWorlds,
} from '../../facts/coverage/namespace-coverage.ts';
import {
  changeInWords,
  directionsInWords,
  type MayName,
  namesInWords,
} from '../../facts/coverage/coverage-in-words.ts';
import { waiverOn } from '../../facts/waiver/pinnable.ts';
import { plural } from '../../text/plural.ts';

/**
 * A change takes the default-deny from a governed namespace that had one, wherever the changed object lives: a policy,
 * tier or network set that comes, goes or changes, a namespace that is relabelled, a service account with labels. Where
 * it could not be decided before, the change must not open what is visible of it.
 * Namespaces that are being emptied do not count, nor do held ones without workloads.
 */
export const defaultDenyLost = defineRule({
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
    const losses = coverChanges(subject, context).filter(({ lost }) => lost.length > 0);
    const found = groupByJudge(subject, losses, context, apart, concernsOf).flatMap((group) => {
      const [first] = group;
      return first ? [remarkOn(subject, first, group, context)] : [];
    });
    return [...found, ...remarksOnLeftOut(subject, context)];
  },
});

/** What could not be decided before is told apart from what was denied. */
function apart(loss: CoverChange): string {
  return isUndecided(loss) ? 'undecided' : '';
}

function concernsOf({ lost, wanted }: CoverChange): Concerns {
  return { directions: lost.map(({ direction }) => direction), families: wanted.families };
}

/** Whether it could not be decided before in some direction that is lost. */
function isUndecided({ lost }: CoverChange): boolean {
  return lost.some(({ undecided }) => undecided);
}

function remarkOn(
  { object, operation }: Subject,
  loss: CoverChange,
  losses: readonly CoverChange[],
  context: RuleContext,
): Remark {
  const own = ownNamespace(object);
  const others = losses.flatMap(({ name }) => (object.kind === 'Namespace' && name === own ? [] : [name]));
  const isIt = others.length < losses.length;
  const places = [
    ...(isIt ? ['it'] : []),
    ...(others.length > 0 ? [`${plural(others.length, 'namespace')} ${namesInWords(others)}`] : []),
  ];
  const relabelled = object.kind === 'Namespace';
  const far = isUndecided(loss) ? ', as far as its policies can be read' : '';
  const told = witnessFor(object, loss.name, (mayName) => escapeOf(loss, context, mayName));
  return {
    pointer: '',
    message: `${changeInWords(operation, object)}, ${directionsInWords(loss.lost)} no longer denied by default in ${places.join(' and ')}${far}`,
    ...told,
    expected: `${repairsFor(own, loss, context)}${expectedFor(operation, relabelled)}`,
    concerns: concernsOf(loss),
    namespace: loss.name,
  };
}

function escapeOf(loss: CoverChange, { inventory }: RuleContext, mayName: MayName): string {
  const isLost = ({ direction }: DirectionVerdict) => loss.lost.some((lost) => lost.direction === direction);
  const certain = judgeNamespace(inventory, loss.now, loss.wanted, mayName).filter(isLost);
  const visible = loss.lost.flatMap(({ direction, opened }) =>
    opened ? judgeWorlds(opened.worlds, loss.now, visibly(direction, loss), mayName) : [],
  );
  const found = [...certain, ...visible].find(({ escapes }) => escapes !== undefined);
  if (found?.escapes !== undefined) return found.escapes;
  const exceeded = loss.lost.some((lost) => lost.exceeded) ? [tooMuch] : [];
  return [...(certain[0]?.reasons ?? ['unknown']), ...exceeded].join('; ');
}

/** What keeps the verdict of the requester's own namespace open must be repaired, whatever else is done. */
function repairsFor(own: string | undefined, loss: CoverChange, { before }: RuleContext): string {
  if (!isUndecided(loss)) return '';
  const reasons = judgeNamespace(before, loss.former, loss.wanted).flatMap((verdict) => verdict.reasons);
  const known = own === undefined || own === loss.name ? ` (${[...new Set(reasons)].join('; ')})` : '';
  return `repair what keeps the verdict open${known}; `;
}

function expectedFor(operation: Subject['operation'], relabelled: boolean): string {
  if (relabelled) return 'first a policy that covers the namespace with its new labels, then the labels';
  if (operation === 'CREATE') return 'rules that name their peers and ports, or a position behind the deny';
  return 'apply the replacement first, then make this change';
}

/** The findings on namespaces that are left out and may lose a default-deny; those that were open have none to lose. */
function remarksOnLeftOut(subject: Subject, context: RuleContext): readonly Remark[] {
  const unjudged = namespacesLeftOut(subject, context);
  if (unjudged.length === 0) return [];
  const { object } = subject;
  const verdictsBefore = createVerdicts(context.before, effortFor(subject));
  const leftOut = unjudged.filter(({ former, wanted }) =>
    verdictsBefore(former, wanted).some(({ verdict }) => verdict !== 'allow'),
  );
  return groupByJudge(subject, leftOut, context).flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = group.map(({ name }) => name);
    return [
      {
        pointer: '',
        message: `it is too large to be judged for all namespaces that it selects, so it is unknown whether ${plural(names.length, 'namespace')} ${namesInWords(names)} would still be denied by default`,
        witness: `of ${sizeOf(object)} bytes, it is judged for at most ${Math.floor(limits.effortOfReview.most / sizeOf(object))} kinds of namespaces and directions in one review`,
        expected:
          'several policies with fewer rules each, or a namespaceSelector that selects fewer namespaces',
        namespace: first.name,
      },
    ];
  });
}

/**
 * Groups the namespaces that lose their default-deny so that one finding can tell of each group: the same convention and
 * the same waiver decide about all of them.
 * @param apart namespaces for which it gives other texts are not put together
 * @param concerns what the finding on a namespace concerns, which waivers may pin
 */
function groupByJudge<Reached extends ReachedNamespace>(
  subject: Subject,
  reached: readonly Reached[],
  context: RuleContext,
  apart: (one: Reached) => string = () => '',
  concerns: (one: Reached) => Concerns | undefined = () => undefined,
): readonly (readonly Reached[])[] {
  const groups = Map.groupBy(reached, (one) => {
    const concerned = concerns(one);
    const finding = {
      rule: defaultDenyLost.id,
      pointer: '',
      namespace: one.name,
      ...(concerned ? { concerns: concerned } : {}),
    };
    return JSON.stringify([one.convention.name, apart(one), waiverOn(finding, one.former, subject, context)]);
  });
  return [...groups.values()];
}
