import type { CoverageEffort } from '../../calico/index.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { limits } from '../limits.ts';
import type { Subject } from '../subject.ts';

/**
 * What a review of an object may spend on the namespaces that it bears on. Once an object is gone its size costs
 * nothing, so one that is deleted has no bound.
 */
export function effortFor({ object, operation }: Pick<Subject, 'object' | 'operation'>): CoverageEffort {
  return { left: limits.effortOfReview.most, each: operation === 'DELETE' ? 0 : sizeOf(object) };
}

export function sizeOf({ spec }: KubernetesObject): number {
  return spec === undefined ? 0 : JSON.stringify(spec).length;
}
