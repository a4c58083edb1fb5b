import { canonicalKind, readTargetReference, targetKind } from '../authorization/target-reference.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isRecord, list, record, type Fields } from '../../kubernetes/read.ts';
import { eachRecord, missingFields, referenceProblems } from './field-problems.ts';
import { bySchema, byWebhook, type ObjectProblem } from './object-problem.ts';

/**
 * What is refused of an HTTPLocalRateLimitPolicy.
 * Source: Linkerd policy-controller/runtime/src/admission.rs, Validate<RateLimitPolicySpec>;
 * charts/linkerd-crds policy/http-local-ratelimit-policy.yaml.
 */
export function rateLimitProblems({ spec: value }: KubernetesObject): readonly ObjectProblem[] {
  const spec = record(value);
  const missing = missingFields(spec, ['targetRef'], '/spec');
  if (missing.length > 0) return missing;
  const limits = limitsOf(spec);
  const shape = [
    ...referenceProblems(spec.targetRef, '/spec/targetRef'),
    ...limits.flatMap(({ limit, pointer }) => rateShape(limit, pointer)),
    ...list(spec.overrides).flatMap((item, index) =>
      missingFields(record(item), ['clientRefs'], `/spec/overrides/${index}`),
    ),
  ];
  if (shape.length > 0) return shape;
  const total = rateOf(record(spec.total));
  return [
    ...targetProblems(spec.targetRef),
    ...limits.flatMap(({ limit, pointer }) => rateProblems(rateOf(limit), total, pointer)),
    ...eachRecord(spec.overrides, '/spec/overrides', ({ clientRefs }, at) =>
      eachRecord(clientRefs, `${at}/clientRefs`, clientProblems),
    ),
  ];
}

interface Limit {
  readonly limit: Fields;
  readonly pointer: string;
}

function limitsOf(spec: Fields): readonly Limit[] {
  const single = ['total', 'identity'].flatMap((field) => {
    const limit = spec[field];
    return isRecord(limit) ? [{ limit, pointer: `/spec/${field}` }] : [];
  });
  const overrides = list(spec.overrides).map((item, index) => ({
    limit: record(item),
    pointer: `/spec/overrides/${index}`,
  }));
  return [...single, ...overrides];
}

function rateShape({ requestsPerSecond }: Fields, pointer: string): ObjectProblem[] {
  if (Number.isInteger(requestsPerSecond)) return [];
  return [
    bySchema(
      `${pointer}/requestsPerSecond`,
      'requestsPerSecond is not a whole number',
      'a whole number above 0',
    ),
  ];
}

function rateOf({ requestsPerSecond }: Fields): number | undefined {
  return typeof requestsPerSecond === 'number' ? requestsPerSecond : undefined;
}

function rateProblems(rate: number | undefined, total: number | undefined, limit: string): ObjectProblem[] {
  if (rate === undefined) return [];
  const pointer = `${limit}/requestsPerSecond`;
  if (rate <= 0 || rate > 0xff_ff_ff_ff)
    return [byWebhook(pointer, `requestsPerSecond ${rate} is not above 0`, 'a whole number above 0')];
  if (total === undefined || rate <= total) return [];
  const what = limit === '/spec/identity' ? 'identity' : 'an override';
  return [
    byWebhook(
      pointer,
      `${what} has ${rate} requests per second, more than the total of ${total}`,
      `at most ${total}, or a larger total`,
    ),
  ];
}

function targetProblems(value: unknown): ObjectProblem[] {
  const reference = readTargetReference(value);
  if (!reference || targetKind(reference) === 'Server') return [];
  return [
    byWebhook(
      '/spec/targetRef',
      `${canonicalKind(reference)} cannot be the target of a rate limit`,
      'group: policy.linkerd.io, kind: Server',
    ),
  ];
}

function clientProblems(value: Fields, pointer: string): ObjectProblem[] {
  const reference = readTargetReference(value);
  if (reference && targetKind(reference) === 'ServiceAccount') return [];
  return [byWebhook(pointer, 'a client of an override is a ServiceAccount', 'kind: ServiceAccount')];
}
