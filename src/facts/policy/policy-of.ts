import { findPolicy, type Policy } from '../../calico/index.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { isWrittenByCalico } from './calico-write.ts';

/** The policy that a subject is once its change has gone through; undefined where Calico reads none, or wrote it. */
export function policyOf(subject: Subject, { inventory }: RuleContext): Policy | undefined {
  if (isWrittenByCalico(subject)) return undefined;
  return findPolicy(inventory.policyWorld, referenceOf(subject.object));
}

/** Whether a policy is written in Calico's language, so that its fields have the names that Calico gives them. */
export function isCalicoPolicy({ kind }: Policy): boolean {
  return !kind.includes('Kubernetes');
}
