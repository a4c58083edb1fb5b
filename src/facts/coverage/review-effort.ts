import type { CoverageEffort } from '../../calico/index.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { Subject } from '../subject.ts';

/**
 * Bytes of an object times the searches for a pod that escapes which a review makes because of it: some tenths of a
 * second. A policy of 2 kB is judged for 4,000 namespaces of which no two are alike, in both directions.
 */
export const mostEffort = 16 * 2 ** 20;

/**
 * What a review of an object may spend on the namespaces that it bears on. Once an object is gone its size costs
 * nothing, so one that is deleted has no bound.
 */
export function effortFor({ object, operation }: Pick<Subject, 'object' | 'operation'>): CoverageEffort {
  return { left: mostEffort, each: operation === 'DELETE' ? 0 : sizeOf(object) };
}

export function sizeOf({ spec }: KubernetesObject): number {
  return spec === undefined ? 0 : JSON.stringify(spec).length;
}
