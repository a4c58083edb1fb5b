import { defineRule } from '../define-rule.ts';
import { isHeld } from '../../facts/coverage/convention-change.ts';
import { coverageOfSubject } from '../../facts/coverage/subject-coverage.ts';
import { directionsInWords } from '../../facts/coverage/coverage-in-words.ts';

/**
 * Whether a namespace is default-denied can't be decided: a policy that claims to select it is invalid, a tier is
 * missing, the view is partial. What is not known never counts as covered.
 */
export const gateUnknown = defineRule({
  id: 'gate/unknown',
  title: 'Whether a namespace is default-denied cannot be decided',
  appliesTo: { kinds: ['Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  ratchet: false,
  check: (subject, context) => {
    const coverage = coverageOfSubject(subject, context);
    if (!coverage) return [];
    const { name, verdicts, wanted } = coverage;
    const unknown = verdicts.filter(({ verdict }) => verdict === 'unknown');
    const reasons = [...new Set(unknown.flatMap(({ reasons }) => reasons))];
    const repairs = new Set(unknown.flatMap((verdict) => verdict.repairs));
    if (unknown.length === 0) return [];
    return [
      {
        pointer: '',
        lead: `namespace "${name}":`,
        message: `whether ${directionsInWords(unknown)} denied by default can't be decided`,
        witness: reasons.join('; '),
        expected: [...repairs].join('; '),
        concerns: { directions: unknown.map(({ direction }) => direction), families: wanted.families },
        ...(isHeld(subject, wanted, context) ? { advisory: true as const } : {}),
      },
    ];
  },
});
