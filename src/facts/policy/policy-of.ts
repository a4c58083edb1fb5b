import { type CheckedPolicy, checkPolicy, findPolicy, type Policy } from '../../calico/index.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { rememberInScope } from '../../memo/scope.ts';
import type { RuleContext, Subject } from '../subject.ts';

/** The policy that a subject is once its change has gone through; undefined where Calico reads none, or wrote it. */
export function policyOf(subject: Subject, { inventory }: RuleContext): Policy | undefined {
  if (isWrittenByCalico(subject)) return undefined;
  return findPolicy(inventory.policyWorld, referenceOf(subject.object));
}

/** Whether a policy is written in Calico's language, so that its fields have the names that Calico gives them. */
export function isCalicoPolicy({ kind }: Policy): boolean {
  return !kind.includes('Kubernetes');
}

/** What Calico's API server or calicoctl would say of a subject, found once for all rules that ask. */
export const checked = rememberInScope(
  { name: 'what Calico says of the subject' },
  ({ object }: Subject, { inventory }: RuleContext): CheckedPolicy =>
    findPolicy(inventory.policyWorld, referenceOf(object)) ??
    checkPolicy(object, inventory.policyWorld.options),
);

/** Where Calico's own components run, whether an operator or plain manifests installed them. */
const calicoNamespaces = new Set(['calico-apiserver', 'calico-system', 'kube-system']);

/**
 * Whether Calico itself writes the object: its API server stores what it has been given, and has been asked about,
 * once more as `crd.projectcalico.org/v1`. A finding would come twice, and a refusal would reach the wrong one.
 */
export function isWrittenByCalico({ user }: Subject): boolean {
  const [, namespace = '', name = ''] =
    /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user?.username ?? '') ?? [];
  return calicoNamespaces.has(namespace) && name.startsWith('calico-');
}
