import type { Selector } from '../../calico/index.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';

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

/** Whether a label is one that templates carry: what Calico, Linkerd or a controller puts on pods is in none. */
export function isOwn(key: string): boolean {
  return (
    !/^(pcns\.|pcsa\.|projectcalico\.org\/|linkerd\.io\/|(apps\.|batch\.|statefulset\.)?kubernetes\.io\/)/.test(
      key,
    ) && !madeByControllers.has(key)
  );
}

const madeByControllers = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'controller-uid',
  'job-name',
]);
