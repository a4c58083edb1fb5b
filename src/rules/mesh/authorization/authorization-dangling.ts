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
 * accepts it without a message, and it authorizes nobody. What an operator may make of a custom resource is not missing.
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
      'HTTPLocalRateLimitPolicy.policy.linkerd.io',
    ],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  // Helm applies what it does not know by the names of kinds, so at admission the other object may be a second away.
  defaultAction: { admission: 'off', ci: 'warn', audit: 'warn' },
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
      .map(({ effect, meant, missing, pointer, unusable }) => ({
        pointer,
        message:
          unusable === undefined
            ? `there is no ${missing}; ${effect}`
            : `${missing} exists, but Linkerd cannot use it (${unusable}); ${effect}`,
        found: missing,
        expected:
          unusable === undefined
            ? meant === undefined
              ? 'the name of an existing object; create the referenced object first'
              : `did you mean ${meant}?`
            : `a valid ${missing}`,
      }));
  },
});

/** A cluster is seen whole; of files it is only known what they do not name where they hold its like at all. */
function surroundingsIn({ inventory, point }: RuleContext): Surroundings {
  const isFiles = point === 'ci';
  return {
    hasNamespace: (name) => isFiles || inventory.namespace(name) !== undefined,
    hasServiceAccount: (account) =>
      canExist(account) &&
      (account.name === 'default' ||
        isServiceAccount(account, inventory) ||
        mayMakeAccount(account.name, account.namespace, inventory) ||
        (isFiles &&
          isEmpty(inventory.serviceAccounts(account.namespace)) &&
          !isWorkloadOfOtherAccount(account, inventory))),
  };
}

/** No name of Kubernetes holds the signs of a placeholder, `<account>`. Source: apimachinery NameIsDNSSubdomain. */
function canExist({ name }: PolicyName): boolean {
  return name.length <= 253 && /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name);
}

/** The workload that the account is meant for is there, by its name, and its pods have the identity of another one. */
function isWorkloadOfOtherAccount({ name, namespace }: PolicyName, inventory: Inventory): boolean {
  for (const workload of inventory.workloads(namespace)) if (workload.metadata.name === name) return true;
  return false;
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
