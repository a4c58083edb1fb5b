import { isAnyone, rulesOf } from '../../calico/index.ts';
import { defineRule } from '../define-rule.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';

/**
 * A rule allows by `http` and by nothing else. Only Dikastes, beside an Istio proxy, looks at HTTP; the kernel data
 * planes leave the condition out, and what is left allows everything.
 * Source: Calico felix/rules/policy.go (no match on HTTP) and app-policy/checker/match.go.
 */
export const httpOnlyAllow = defineRule({
  id: 'policy/http-only-allow',
  title: 'A rule allows everything but for a condition on HTTP that the data plane ignores',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy) return [];
    return rulesOf(policy, 'Ingress').flatMap((rule) => {
      const { action, http, index, source, destination } = rule;
      if (!http || action !== 'Allow' || !isAnyone(source) || !isAnyone(destination)) return [];
      return {
        pointer: rulePointer('Ingress', index, 'http'),
        message: `${ruleInWords('Ingress', index)} allows ${rule.protocol ? 'TCP ' : ''}from anywhere, only its http says less`,
        expected: 'a source and destination.ports beside http',
        witness: 'the kernel data planes ignore http: only Dikastes, beside an Istio proxy, looks at it',
      } as const;
    });
  },
});
