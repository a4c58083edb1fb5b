import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';
import { creationTime, policyName, refused, type PolicyName, type Reading } from './reading.ts';
import { readTargetReference, targetKind } from './target-reference.ts';

/** An HTTPLocalRateLimitPolicy: how many requests a Server takes each second. */
export interface RateLimit extends PolicyName {
  /** The name of the Server, which is in its own namespace. */
  readonly server: string;
  readonly createdAt?: string;
}

/** Reads an HTTPLocalRateLimitPolicy. Source: Linkerd policy-controller/k8s/index/src/inbound/ratelimit_policy.rs. */
export function readRateLimit(object: KubernetesObject): Reading<RateLimit> {
  const target = readTargetReference(record(object.spec).targetRef);
  if (!target || targetKind(target) !== 'Server')
    return refused('/spec/targetRef', 'the target of a rate limit is a Server');
  const createdAt = creationTime(object);
  return {
    value: {
      ...policyName(object),
      server: target.name,
      ...(createdAt === undefined ? {} : { createdAt }),
    },
    problems: [],
  };
}
