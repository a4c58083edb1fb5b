import { remarkedSelectors } from '../../calico/index.ts';
import { defineRule } from '../define-rule.ts';
import { isCalicoPolicy, policyOf } from '../../facts/policy/policy-of.ts';
import { fieldInWords, quotedValue } from '../../facts/policy/policy-in-words.ts';

/**
 * A selector asks for what no pod can have: a contradiction, a value or name that no Kubernetes label takes, one of
 * Calico's own labels in a field where it does not exist. Calico takes it, and it matches nothing.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go and its page on Calico labels.
 */
export const selectorNeverMatches = defineRule({
  id: 'policy/selector-never-matches',
  title: 'A selector of a policy asks for what nothing can have',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy || !isCalicoPolicy(policy)) return [];
    return remarkedSelectors(policy)
      .filter(({ remark }) => remark.code !== 'always-matches')
      .map(({ pointer, text, remark }) => ({
        pointer,
        message: `${fieldInWords(pointer)}: ${remark.message}`,
        found: quotedValue(text),
        ...(remark.remedy === undefined ? {} : { expected: remark.remedy.replace(/^write /, '') }),
      }));
  },
});
