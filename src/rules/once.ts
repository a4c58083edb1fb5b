import type { RuleContext, Subject } from './rule.ts';

/**
 * Lets several rules share what they all need to know of a subject: it is worked out when the first one asks. Every
 * judgement has a context of its own, so nothing outlives it.
 */
export function oncePerJudgement<Value>(
  workOut: (subject: Subject, context: RuleContext) => Value,
): (subject: Subject, context: RuleContext) => Value {
  const known = new WeakMap<RuleContext, { readonly value: Value }>();
  return (subject, context) => {
    const found = known.get(context) ?? { value: workOut(subject, context) };
    known.set(context, found);
    return found.value;
  };
}
