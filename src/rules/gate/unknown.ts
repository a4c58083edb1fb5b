import { isTerminating } from '../../kubernetes/namespace.ts';
import { defineRule } from '../define-rule.ts';
import { isHeld, wantedOf } from '../../facts/coverage/convention-change.ts';
import { identityAsAdmitted, judgeNamespace } from '../../facts/coverage/namespace-coverage.ts';
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
    const { object } = subject;
    const wanted = wantedOf(subject, context);
    if (!wanted || isTerminating(object)) return [];
    const name = object.metadata.name ?? '';
    const namespace = identityAsAdmitted(object, wanted, context);
    const verdicts = judgeNamespace(context.inventory, namespace, wanted);
    const unknown = verdicts.filter(({ verdict }) => verdict === 'unknown');
    const reasons = [...new Set(unknown.flatMap(({ reasons }) => reasons))];
    if (unknown.length === 0) return [];
    return [
      {
        pointer: '',
        lead: `namespace "${name}":`,
        message: `whether ${directionsInWords(unknown)} denied by default can't be decided`,
        witness: reasons.join('; '),
        expected: 'policies that Calico accepts, and a view of all of them',
        ...(isHeld(subject, wanted, context) ? { advisory: true as const } : {}),
      },
    ];
  },
});
