import { versionTraits } from '../policy/calico-version.ts';
import type { Policy } from '../policy/policy.ts';
import { positionOf } from '../policy/policy-name.ts';
import type { PolicyWorld } from '../state/policy-world.ts';

/** The last versions before a change that bears on verdicts, newest first: tiers by name until 3.31, none until 3.28. */
export const earlierVersions: readonly string[] = ['3.31', '3.28'];

/**
 * Whether policies could say something else under an earlier version of Calico than under the newest: some tier
 * follows from a name, some kind is read by a part of the versions only, or an equal order with a rule that does not
 * just allow is resolved by name. False is certain, as far as the policies go that the world has read.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * mayDependOnVersion(world); // false
 */
export function mayDependOnVersion(world: PolicyWorld): boolean {
  const places = new Map<string, { count: number; decides: boolean }>();
  for (const policy of world.policies) {
    if (policy.staged && world.options.staged !== 'enforced') continue;
    if (policy.kind.endsWith('ClusterNetworkPolicy') || policy.kind.endsWith('AdminNetworkPolicy'))
      return true;
    if (earlierVersions.some((version) => tierIn(policy, version) !== policy.tier)) return true;
    const key = `${policy.tier} ${policy.order}`;
    const place = places.get(key) ?? { count: 0, decides: false };
    place.count++;
    place.decides ||= [...policy.ingress, ...policy.egress].some(
      ({ action }) => action === 'Deny' || action === 'Pass',
    );
    places.set(key, place);
  }
  return [...places.values()].some(({ count, decides }) => decides && count > 1);
}

function tierIn({ kind, name, namespace = '', tier }: Policy, version: string): string {
  return positionOf({ kind, name, namespace, tier }, versionTraits(version)).tier;
}
