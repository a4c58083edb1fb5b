import type { Direction, Policy } from '../policy/policy.ts';
import { atomsByKey } from '../selector/atoms.ts';
import type { Selector } from '../selector/ast.ts';
import type { KnownLabels } from '../selector/resolve.ts';
import { valueAt, valuesOf } from '../state/layered-map.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { isNamespaceKey, namespaceLabels } from '../labels/namespace-labels.ts';

/** Whether a policy decides about pods: valid, in force, and not for host endpoints alone. */
export function isInForce(world: PolicyWorld, policy: Policy): boolean {
  const { staged, hostOnly, selector, problems } = policy;
  return (
    selector !== undefined &&
    !hostOnly &&
    problems.length === 0 &&
    (!staged || world.options.staged === 'enforced')
  );
}

/**
 * The policies of a tier and direction that could decide about pods that a policy selects, itself among them: those of
 * the cluster, and of namespaces its own or, where it has none, all.
 */
export function* policiesBeside(
  world: PolicyWorld,
  { namespace }: Pick<Policy, 'namespace'>,
  tier: string,
  direction: Direction,
): Generator<Policy> {
  if (!world.index.tierUse.has(tier)) return;
  const isThere = (policy: Policy) =>
    policy.tier === tier && policy.types.includes(direction) && isInForce(world, policy);
  for (const policy of world.index.global.get(tier) ?? []) if (isThere(policy)) yield policy;
  if (namespace !== undefined) {
    for (const policy of valueAt(world.index.namespaced, namespace) ?? []) if (isThere(policy)) yield policy;
    return;
  }
  for (const policies of valuesOf(world.index.namespaced))
    for (const policy of policies) if (isThere(policy)) yield policy;
}

/** What is known of the labels of every pod that a policy selects, for the keys that some selectors ask about. */
export function knownLabelsFor(
  world: PolicyWorld,
  { namespace }: Pick<Policy, 'namespace'>,
  ...selectors: readonly Selector[]
): KnownLabels {
  if (namespace === undefined) return new Map();
  const keys = [...atomsByKey(...selectors).keys()].filter(isNamespaceKey);
  const labels = valueAt(world.namespaces, namespace);
  const isTold = (key: string) =>
    labels !== undefined || key === 'projectcalico.org/namespace' || isName(key);
  return namespaceLabels(
    { name: namespace, labels: labels ?? { 'kubernetes.io/metadata.name': namespace } },
    keys.filter(isTold),
  );
}

/** Labels of a namespace that follow from its name. */
function isName(key: string): boolean {
  return key === 'pcns.kubernetes.io/metadata.name' || key === 'pcns.projectcalico.org/name';
}
