import type { Inventory } from '../../../inventory/inventory.ts';
import { podTemplateOf } from '../../../kubernetes/pod-template.ts';
import { danglingReferences, type PolicyName, type Surroundings } from '../../../linkerd/index.ts';
import { mayMakeAccount } from '../../../facts/workload/operator-made.ts';
import { defineRule } from '../../define-rule.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * An authorization refers to a Server, route, authentication, ServiceAccount or Namespace that is not there. Linkerd
 * takes it without a word, and it authorizes nobody. What an operator may make of a custom resource is not missing.
 * Source: linkerd2 policy-controller/runtime/src/admission.rs, which looks at each object by itself.
 */
export const authorizationDangling = defineRule({
  id: 'mesh/authorization-dangling',
  title: 'An authorization refers to something that does not exist',
  appliesTo: {
    kinds: [
      'AuthorizationPolicy.policy.linkerd.io',
      'ServerAuthorization.policy.linkerd.io',
      'MeshTLSAuthentication.policy.linkerd.io',
      'HTTPRoute.policy.linkerd.io',
      'HTTPRoute.gateway.networking.k8s.io',
      'GRPCRoute.gateway.networking.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    if (!meshConventionOf(context.convention) || !isWhole(context.inventory)) return [];
    const policies = meshPoliciesAround(subject, context);
    return danglingReferences(policies, surroundingsIn(context))
      .filter(
        ({ from }) =>
          from.kind === object.kind &&
          from.name === object.metadata.name &&
          from.namespace === object.metadata.namespace,
      )
      .map(({ effect, missing, pointer }) => ({
        pointer,
        message: `there is no ${missing}; ${effect}`,
        found: missing,
        expected: 'a name that exists; what it names is applied first',
      }));
  },
});

/** A cluster is seen whole; of files it is only known what they do not name where they hold its like at all. */
function surroundingsIn({ inventory, point }: RuleContext): Surroundings {
  const isFiles = point === 'ci';
  return {
    hasNamespace: (name) => isFiles || inventory.namespace(name) !== undefined,
    hasServiceAccount: (account) =>
      account.name === 'default' ||
      (isFiles && isEmpty(inventory.serviceAccounts(account.namespace))) ||
      isServiceAccount(account, inventory) ||
      mayMakeAccount(account.name, account.namespace, inventory),
  };
}

function isServiceAccount({ name, namespace }: PolicyName, inventory: Inventory): boolean {
  for (const { metadata } of inventory.serviceAccounts(namespace)) if (metadata.name === name) return true;
  for (const workload of inventory.workloads(namespace))
    if (podTemplateOf(workload)?.spec.serviceAccountName === name) return true;
  return false;
}

function isEmpty(objects: Iterable<unknown>): boolean {
  for (const _ of objects) return false;
  return true;
}
