import type { Inventory } from '../../inventory/inventory.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { createMeshPolicySet, type MeshPolicySet } from '../../linkerd/index.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { list, record } from '../../kubernetes/read.ts';
import { rememberInScope } from '../../memo/scope.ts';

/** The inbound policy of the subject's namespace, with the authentications of other namespaces that it asks for. */
export const meshPoliciesAround = rememberInScope(
  { name: 'mesh policies around the subject' },
  ({ object }: Subject, { inventory }: RuleContext): MeshPolicySet =>
    meshPoliciesOf(object.metadata.namespace ?? 'default', inventory),
);

/** The same of any namespace. */
export function meshPoliciesOf(namespace: string, inventory: Inventory): MeshPolicySet {
  const own = [...inventory.meshPolicies(namespace)];
  if (own.length === 0) return none;
  const others = new Set(own.flatMap(namespacesAskedFor));
  others.delete(namespace);
  return createMeshPolicySet([...own, ...authenticationsOf(others, inventory)]);
}

const none = createMeshPolicySet([]);

function namespacesAskedFor({ spec }: KubernetesObject): string[] {
  const references: readonly unknown[] = list(record(spec).requiredAuthenticationRefs);
  return references.flatMap((reference) =>
    isRecord(reference) && typeof reference.namespace === 'string' ? [reference.namespace] : [],
  );
}

function* authenticationsOf(namespaces: Iterable<string>, { meshPolicies }: Inventory) {
  for (const namespace of namespaces) {
    for (const object of meshPolicies(namespace)) if (object.kind.endsWith('Authentication')) yield object;
  }
}

/**
 * Whether nothing is missing from the picture, so that what is not in it does not exist. Where it is not whole,
 * nobody is told of what may well be there.
 */
export function isWhole({ gaps }: Inventory): boolean {
  return gaps.length === 0;
}
