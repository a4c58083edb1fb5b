import { parseSelector, repairSelector } from '../../calico/index.ts';
import { type JsonPointer, pathOf, valueAt } from '../../kubernetes/json-pointer.ts';
import { defineRule } from '../define-rule.ts';
import { isWrittenByCalico, checked } from '../../facts/policy/policy-of.ts';
import { fieldInWords, quotedValue, ruleAt } from '../../facts/policy/policy-in-words.ts';

/**
 * A selector does not parse. The API server of Kubernetes takes it all the same where Calico's kinds are custom
 * resources, and Calico then drops the policy, or leaves the selector out of it, with a line in a log.
 * Source: Calico felix/calc/validation_filter.go; libcalico-go/lib/backend/syncersv1/updateprocessors/selectors.go.
 */
export const selectorSyntax = defineRule({
  id: 'policy/selector-syntax',
  title: 'A selector of a policy is none that Calico can read',
  appliesTo: { kinds: ['policy'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  check: (subject, context) => {
    const { object } = subject;
    if (isWrittenByCalico(subject)) return [];
    return checked(subject, context).problems.flatMap(({ code, pointer }) => {
      const text = code === 'selector-invalid' ? valueAt(object, pointer) : undefined;
      const parsed = typeof text === 'string' ? parseSelector(text) : undefined;
      if (typeof text !== 'string' || !parsed || !('problem' in parsed)) return [];
      const { message, remedy } = parsed.problem;
      const repaired = repairSelector(text);
      const expected = repaired ?? remedy?.replace(/^write /, '');
      return {
        pointer,
        message: `${fieldInWords(pointer)} does not parse: ${message}`,
        found: quotedValue(text),
        ...(expected === undefined ? {} : { expected }),
        witness: isLeftOut(pointer)
          ? `Calico leaves a selector like this out, so that ${ruleAt(pointer) ? 'the rule' : 'the policy'} applies to more than it says`
          : 'Calico drops a policy with a selector like this, as if there were none',
        ...(repaired === undefined ? {} : { fix: [{ pointer, value: repaired }] }),
      } as const;
    });
  },
});

/** Conditions on namespaces and service accounts become part of another text, and what does not parse becomes nothing. */
function isLeftOut(pointer: JsonPointer): boolean {
  const [field = '', parent = ''] = pathOf(pointer).toReversed();
  return field === 'namespaceSelector' || field === 'serviceAccountSelector' || parent === 'serviceAccounts';
}
