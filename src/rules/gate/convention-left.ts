import { defineRule } from '../define-rule.ts';
import { conventionChange, givenUp } from '../../facts/coverage/convention-change.ts';

/**
 * A namespace is relabelled so that another convention governs it, or none, which asks for less of a default-deny. What
 * is taken away from then on is no longer refused, so this is the only moment to say so.
 */
export const conventionLeft = defineRule({
  id: 'gate/convention-left',
  title: 'A namespace leaves for a convention that asks for less of a default-deny',
  appliesTo: { kinds: ['Namespace'], operations: ['UPDATE'] },
  defaultAction: 'warn',
  ratchet: false,
  check: (subject, context) => {
    const change = conventionChange(subject, context);
    const less = change ? givenUp(change) : [];
    if (!change || less.length === 0) return [];
    const { object } = subject;
    const { name = '' } = object.metadata;
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
  },
});
