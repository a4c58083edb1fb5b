import type { Selector } from '../../calico/index.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { isSetByOthers } from '../../workloads/labels-of-others.ts';

/** A label that a selector asks for: one of some values, or any. */
export interface LabelNeed {
  readonly key: string;
  readonly values?: readonly string[];
}

/** What every pod that a selector matches has among its own labels. */
export function needsOf(selector: Selector | undefined): readonly LabelNeed[] {
  return selector ? needs(selector) : [];
}

/** By the selector, which never changes: the same policies are asked for each workload of their namespace. */
const needs = rememberByOwner({ name: 'label needs of a selector' }, workOut);

function workOut(selector: Selector): readonly LabelNeed[] {
  switch (selector.kind) {
    case 'and':
      return selector.operands.flatMap(needsOf);
    case 'equals':
      return isOwn(selector.key) ? [{ key: selector.key, values: [selector.value] }] : [];
    case 'in':
      return isOwn(selector.key) ? [{ key: selector.key, values: selector.values }] : [];
    case 'has':
    case 'contains':
    case 'starts-with':
    case 'ends-with':
      return isOwn(selector.key) ? [{ key: selector.key }] : [];
    default:
      return [];
  }
}

/** Whether a label is one that templates carry: what others put on pods is in none, nor what is a node's. */
export function isOwn(key: string): boolean {
  return !isSetByOthers(key) && !key.startsWith('kubernetes.io/');
}
