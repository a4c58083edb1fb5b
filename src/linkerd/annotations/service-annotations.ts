import type { StringMap } from '../../kubernetes/object.ts';
import { catalogueEntry, isReadBy, isValueOf } from './catalogue.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';
import { parsePolicyDuration } from './value-readers.ts';
import type { ServiceAnnotationProblem } from './service-annotation-problem.ts';
import { biaserProblems, successRateProblems } from './service-limits.ts';
import type { LinkerdProfile } from '../installation/installation.ts';

const accrual = 'balancer.linkerd.io/failure-accrual';
const minimumPenalty = `${accrual}-consecutive-min-penalty`;
const maximumPenalty = `${accrual}-consecutive-max-penalty`;

/**
 * Finds annotations of a Service that contradict each other, that need another annotation, or that its ServiceProfile
 * makes ineffective. For the value of a single annotation see `annotationEffect`.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, parse_accrual_config and
 * parse_load_biaser_config.
 *
 * @param annotations All annotations of the Service.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param facts `hasServiceProfile`: a ServiceProfile of the Service exists.
 * @returns One problem for each annotation concerned; none where they agree.
 * @example
 * const annotations = { 'balancer.linkerd.io/failure-accrual-consecutive-max-failures': '3' };
 * serviceAnnotationProblems(annotations, defaultProfile()).map(({ fault }) => fault); // ['dead']
 */
export function serviceAnnotationProblems(
  annotations: StringMap,
  installation: LinkerdProfile,
  facts: { readonly hasServiceProfile?: boolean } = {},
): readonly ServiceAnnotationProblem[] {
  const entries = Object.keys(annotations).flatMap((key) => {
    const entry = catalogueEntry(key);
    return entry?.group !== undefined && isReadBy(entry, installation.version) ? [entry] : [];
  });
  const values = new Map(Object.entries(annotations));
  return [
    ...penaltyProblems(values),
    ...successRateProblems(values, installation),
    ...biaserProblems(values, installation),
    ...accrualProblems(
      entries,
      Object.hasOwn(annotations, accrual) ? annotations[accrual] : undefined,
      installation,
    ),
    ...(facts.hasServiceProfile === true ? shadowProblems(entries) : []),
  ];
}

/**
 * Finds retry conditions on a route of the other protocol, which Linkerd ignores there.
 *
 * @param annotations All annotations of the route.
 * @param kind The kind of the route.
 * @returns One problem at most.
 * @example
 * routeAnnotationProblems({ 'retry.linkerd.io/grpc': 'internal' }, 'HTTPRoute').length; // 1
 */
export function routeAnnotationProblems(
  annotations: StringMap,
  kind: 'HTTPRoute' | 'GRPCRoute',
): readonly ServiceAnnotationProblem[] {
  const key = kind === 'HTTPRoute' ? 'retry.linkerd.io/grpc' : 'retry.linkerd.io/http';
  if (!Object.hasOwn(annotations, key)) return [];
  const right = kind === 'HTTPRoute' ? 'retry.linkerd.io/http' : 'retry.linkerd.io/grpc';
  return [
    {
      key,
      fault: 'dead',
      message: `${key} does nothing on ${kind === 'HTTPRoute' ? 'an' : 'a'} ${kind}; write ${right}`,
    },
  ];
}

function penaltyProblems(annotations: ReadonlyMap<string, string>): ServiceAnnotationProblem[] {
  if (!annotations.has(accrual)) return [];
  const minimum = parsePolicyDuration(annotations.get(minimumPenalty) ?? '1s');
  const maximum = parsePolicyDuration(annotations.get(maximumPenalty) ?? '1m');
  if (minimum === undefined || maximum === undefined) return [];
  if (maximum === 0)
    return [
      {
        key: maximumPenalty,
        fault: 'value',
        message: `${maximumPenalty} is 0, so the circuit breaker of the Service is off`,
      },
    ];
  if (minimum <= maximum) return [];
  const key = annotations.has(minimumPenalty) ? minimumPenalty : maximumPenalty;
  return [
    {
      key,
      fault: 'value',
      message: 'the minimum penalty exceeds the maximum, so the circuit breaker of the Service is off',
    },
  ];
}

function accrualProblems(
  entries: readonly CatalogueEntry[],
  mode: string | undefined,
  { version }: LinkerdProfile,
): ServiceAnnotationProblem[] {
  const entry = catalogueEntry(accrual);
  if (mode !== undefined && !(entry && isValueOf(entry, mode, version))) return [];
  return entries
    .filter(({ group, key }) => group === 'accrual' && key !== accrual && !isUsedBy(key, mode))
    .map(({ key }) => ({
      key,
      fault: 'dead',
      message: `${key} does nothing without ${accrual}: ${modeOf(key)}`,
    }));
}

/** Success rates belong to the unified mode, all else to both. */
function isUsedBy(key: string, mode: string | undefined): boolean {
  return modeOf(key) === 'unified' ? mode === 'unified' : mode !== undefined;
}

function modeOf(key: string): 'consecutive' | 'unified' {
  return key.includes('-success-rate-') ? 'unified' : 'consecutive';
}

function shadowProblems(entries: readonly CatalogueEntry[]): ServiceAnnotationProblem[] {
  return entries.map(({ key }) => ({
    key,
    fault: 'dead',
    message: `${key} does nothing, because the Service has a ServiceProfile`,
  }));
}
