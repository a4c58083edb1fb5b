import { valueAt } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import { defineRule } from '../define-rule.ts';
import { isWrittenByCalico, checked } from '../../facts/policy/policy-of.ts';
import { quotedValue, ruleAt } from '../../facts/policy/policy-in-words.ts';

/**
 * Calico's API server or calicoctl would refuse an object, while the API server of Kubernetes may take it: what is
 * stored so does not do what it says, and nobody can tell what it does. Selectors are the matter of
 * `policy/selector-syntax`.
 * Source: Calico felix/calc/validation_filter.go, what does not validate is treated as missing.
 */
export const invalidPolicy = defineRule({
  id: 'policy/invalid',
  title: 'Kubernetes or Calico would refuse a policy, tier, network set or host endpoint',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: (subject, context) => {
    const { object } = subject;
    if (isWrittenByCalico(subject)) return [];
    const problems = checked(subject, context).problems.filter(({ code }) => code !== 'selector-invalid');
    return problems.map(({ pointer, message, expected }) => {
      const rule = ruleAt(pointer);
      const value = valueAt(object, pointer);
      return {
        pointer,
        message: `${rule === undefined ? '' : `in ${rule}, `}${message}`,
        ...(value === undefined || isRecord(value) ? {} : { found: quotedValue(value) }),
        ...(expected === undefined ? {} : { expected }),
      };
    });
  },
});
