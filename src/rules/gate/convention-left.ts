import { asksForLess } from '../../conventions/convention/asks-for-less.ts';
import { dayOf } from '../../conventions/document/days.ts';
import { isInForce } from '../../conventions/waiver/waiver-validity.ts';
import { waiversByLabel } from '../../conventions/waiver/waivers-by-label.ts';
import type { Remark } from '../../facts/finding.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { defineRule } from '../define-rule.ts';
import { conventionChange, givenUp } from '../../facts/coverage/convention-change.ts';

/**
 * A namespace is relabelled so that another convention governs it, or none, which asks for less, or so that a waiver
 * covers it. What is taken away from then on is no longer refused, so this is the only moment to say so.
 */
export const conventionLeft = defineRule({
  id: 'gate/convention-left',
  title: 'A namespace leaves for a convention that asks for less, or comes under a waiver',
  appliesTo: { kinds: ['Namespace'], operations: ['UPDATE'] },
  defaultAction: 'warn',
  ratchet: false,
  check: (subject, context) => [
    ...leavesDefaultDeny(subject, context),
    ...leavesOthers(subject, context),
    ...comesUnderWaivers(subject, context),
  ],
});

function leavesDefaultDeny(subject: Subject, context: RuleContext): readonly Remark[] {
  const change = conventionChange(subject, context);
  const less = change ? givenUp(change) : [];
  if (!change || less.length === 0) return [];
  const { name = '' } = subject.object.metadata;
  const governs = change.to
    ? `convention "${change.to.name}" ${less.join(' and ')}`
    : 'no convention governs it';
  return [
    {
      pointer: '/metadata/labels',
      lead: `namespace "${name}":`,
      message: `these labels give up its default-deny (${governs})`,
      witness: `convention "${change.from?.name ?? ''}" governed it before`,
      expected: `the labels by which convention "${change.from?.name ?? ''}" governs the namespace`,
      // The convention that is left decides, not the one that asks for less.
      namespace: name,
    },
  ];
}

/** What else is asked for less is only said: no traffic that was closed opens by it. */
function leavesOthers(subject: Subject, context: RuleContext): readonly Remark[] {
  const { from, to } = conventionChange(subject, context) ?? {};
  if (!from || (!to && from.defaultDeny)) return [];
  const less = to ? asksForLess(from, to).filter((word) => word !== 'no defaultDeny') : [];
  if (to && less.length === 0) return [];
  const { name = '' } = subject.object.metadata;
  const next = to ? `"${to.name}", which asks for less: ${less.join(', ')}` : 'none: nothing in it is judged';
  return [
    {
      pointer: '/metadata/labels',
      lead: `namespace "${name}":`,
      message: `these labels move it from convention "${from.name}" to ${next}`,
      expected: `the labels by which convention "${from.name}" governs the namespace`,
      namespace: name,
      advisory: true,
    },
  ];
}

/** Whoever may label a namespace can bring it under a waiver by labels, which somebody else answers for. */
function comesUnderWaivers(
  { object, oldObject, operation }: Subject,
  { conventions, now }: RuleContext,
): readonly Remark[] {
  if (operation !== 'UPDATE' || !oldObject) return [];
  const { name = '' } = object.metadata;
  const [before, after] = [namespaceIdentity(name, oldObject), namespaceIdentity(name, object)];
  const today = dayOf(now);
  return waiversByLabel(conventions.waivers)(after)
    .filter((waiver) => isInForce(waiver, today) && !waiver.covers(before))
    .map(({ name: waiver, owner, rules, until }) => ({
      pointer: '/metadata/labels',
      lead: `namespace "${name}":`,
      message: `these labels bring it under waiver "${waiver}" (owner: ${owner}), which waives ${rules.join(', ')} until ${until}`,
      expected: 'labels that the waiver does not select, or the approval of its owner',
      namespace: name,
      advisory: true,
    }));
}
