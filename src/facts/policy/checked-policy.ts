import { type CheckedPolicy, checkPolicy, findPolicy } from '../../calico/index.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { rememberInScope } from '../../memo/scope.ts';

/** What Calico's API server or calicoctl would say of a subject, found once for all rules that ask. */
export const checked = rememberInScope(
  { name: 'what Calico says of the subject' },
  ({ object }: Subject, { inventory }: RuleContext): CheckedPolicy =>
    findPolicy(inventory.policyWorld, referenceOf(object)) ?? checkPolicy(object),
);
