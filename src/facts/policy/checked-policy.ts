import { type CheckedPolicy, checkPolicy, findPolicy } from '../../calico/index.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { oncePerJudgement } from '../once.ts';

/** What Calico's API server or calicoctl would say of a subject, found once for all rules that ask. */
export const checked = oncePerJudgement(
  ({ object }, { inventory }): CheckedPolicy =>
    findPolicy(inventory.policyWorld, referenceOf(object)) ?? checkPolicy(object),
);
