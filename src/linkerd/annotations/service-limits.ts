import { atLeast } from '../installation/version.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ServiceAnnotationProblem } from './service-annotation-problem.ts';
import { parseGoBool, parsePolicyDuration } from './value-readers.ts';

type Annotations = ReadonlyMap<string, string>;

const accrual = 'balancer.linkerd.io/failure-accrual';
const successRate = 'balancer.alpha.linkerd.io/failure-accrual-success-rate';
const off = 'so the circuit breaker of the Service is off';

/**
 * Values of the circuit breaker by success rate that are readable and beyond its limits, by which the whole breaker is
 * dropped, or that switch it off. The limits hold only where the threshold is not 0.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, parse_success_rate_params.
 */
export function successRateProblems(
  annotations: Annotations,
  { version }: LinkerdProfile,
): ServiceAnnotationProblem[] {
  if (annotations.get(accrual) !== 'unified' || !atLeast(version, '2.20')) return [];
  const threshold = numberOf(annotations.get(`${successRate}-threshold`), 0.8);
  const window = parsePolicyDuration(annotations.get(`${successRate}-window`) ?? '10s');
  const minimum = numberOf(annotations.get(`${successRate}-min-requests`), 5);
  const failures = numberOf(annotations.get(`${accrual}-consecutive-max-failures`), 7);
  const value = (key: string, message: string): ServiceAnnotationProblem => ({
    key,
    fault: 'value',
    message,
  });
  const problems: ServiceAnnotationProblem[] = [];
  if (window !== undefined && (window === 0 || (window < 10 && threshold !== 0))) {
    const key = `${successRate}-window`;
    problems.push(value(key, `${key} is below 10ms, ${off}; write a window such as 10s`));
  }
  if (minimum > 1_000_000 && threshold !== 0) {
    const key = `${successRate}-min-requests`;
    problems.push(value(key, `${key} is above 1000000, ${off}`));
  }
  if (threshold === 0 && failures === 0) {
    const key = `${successRate}-threshold`;
    problems.push(value(key, `neither the success rate nor failures in a row count, ${off}`));
  }
  return problems;
}

const biaser = 'balancer.alpha.linkerd.io/load-biaser-';
const penalize = 'balancer.alpha.linkerd.io/penalize-failures';

/**
 * Settings of the load biaser that nothing reads, because it is off, and a penalty of more milliseconds than 32 bits hold.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, parse_load_biaser_config.
 */
export function biaserProblems(
  annotations: Annotations,
  { version }: LinkerdProfile,
): ServiceAnnotationProblem[] {
  if (!atLeast(version, '2.20')) return [];
  const keys = [...annotations.keys()].filter((key) => key.startsWith(biaser));
  if (parseGoBool(annotations.get(penalize)?.trim() ?? 'false') === false)
    return keys.map((key) => ({
      key,
      fault: 'dead',
      message: `${key} does nothing without ${penalize}: true`,
    }));
  const key = `${biaser}penalty`;
  const milliseconds = parsePolicyDuration(annotations.get(key) ?? '0') ?? 0;
  if (milliseconds <= 0xff_ff_ff_ff) return [];
  const message = `${key} is above 49 days, which drops all load-biaser annotations of the Service`;
  return [{ key, fault: 'value', message }];
}

/** What cannot be read is told by the value itself, so it counts as within every limit. */
function numberOf(text: string | undefined, fallback: number): number {
  const number = Number(text?.trim() ?? fallback);
  return Number.isFinite(number) && text?.trim() !== '' ? number : fallback;
}
