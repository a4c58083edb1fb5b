import { meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import type { RateLimit } from '../../../linkerd/index.ts';
import { defineRule } from '../../define-rule.ts';

/**
 * A rate limit for a Server that has one already. The one that was created first counts, and of two of the same second
 * the first by name; Linkerd notes of the others that one exists already.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs, target_ref_status;
 * policy-controller/k8s/index/src/inbound/index.rs, client_ratelimit.
 */
export const rateLimitIgnored = defineRule({
  id: 'mesh/rate-limit-ignored',
  title: 'A rate limit is ignored, because its Server has another one',
  appliesTo: {
    kinds: ['HTTPLocalRateLimitPolicy.policy.linkerd.io'],
    operations: ['CREATE', 'UPDATE', 'STATE'],
  },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    if (!meshConventionOf(context.convention)) return [];
    const { name, namespace = 'default' } = subject.object.metadata;
    const { rateLimits } = meshPoliciesAround(subject, context);
    const own = rateLimits.find((limit) => limit.name === name && limit.namespace === namespace);
    if (!own) return [];
    const [first] = rateLimits
      .filter((limit) => limit.namespace === namespace && limit.server === own.server)
      .toSorted(byAge);
    if (!first || first === own) return [];
    const isOlder = first.createdAt !== undefined;
    return [
      {
        pointer: '/spec/targetRef',
        message: isOlder
          ? `it limits nothing: Server "${own.server}" has the older rate limit "${first.name}" already`
          : `Server "${own.server}" has the rate limit "${first.name}" as well, and only the one created first counts`,
        expected: `one HTTPLocalRateLimitPolicy for Server "${own.server}", with total, identity and overrides together`,
      },
    ];
  },
});

/** The oldest first; one that is only being created has no time yet. */
function byAge(one: RateLimit, other: RateLimit): number {
  if (one.createdAt !== other.createdAt) {
    if (one.createdAt === undefined) return 1;
    if (other.createdAt === undefined) return -1;
    return one.createdAt < other.createdAt ? -1 : 1;
  }
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}
