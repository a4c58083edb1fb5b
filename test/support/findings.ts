import type { RuleId } from '../../src/conventions/document/action.ts';
import type { ConventionSet } from '../../src/conventions/convention-set.ts';
import { judge } from '../../src/engine/judge.ts';
import type { JudgedFinding } from '../../src/engine/judgement.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import type { Subject } from '../../src/facts/subject.ts';
import { conventions } from './conventions.ts';

type Calico = Parameters<typeof createInventoryStore>[0];

export interface Circumstances {
  readonly calico?: Calico;
  readonly conventions?: ConventionSet;
  /** Parts of the picture that are missing. */
  readonly gaps?: Parameters<typeof createInventoryStore>[2];
}

const day = new Date('2026-11-21T00:00:00Z');

/** What one rule finds in objects that exist together, as in CI. */
export function findingsAmong(
  rule: RuleId,
  objects: readonly KubernetesObject[],
  { calico = { mode: 'v3crd' }, conventions: set = conventions({}), gaps = [] }: Circumstances = {},
): readonly JudgedFinding[] {
  const { inventory } = createInventoryStore(calico, objects, gaps);
  return objects.flatMap(
    (object) =>
      judge({ operation: 'STATE', object }, inventory, set, day, 'ci', ({ id }) => id === rule).findings,
  );
}

/** What one rule finds in a request to a cluster that holds some objects. */
export function findingsAtAdmission(
  rule: RuleId,
  request: Subject,
  objects: readonly KubernetesObject[] = [],
  { calico = { mode: 'v3crd' }, conventions: set = conventions({}), gaps = [] }: Circumstances = {},
): readonly JudgedFinding[] {
  const { inventory } = createInventoryStore(calico, objects, gaps);
  return judge(request, inventory, set, day, 'admission', ({ id }) => id === rule).findings;
}

/** What tables compare: where, the sentence, and what is to be written instead. */
export function told(findings: readonly JudgedFinding[]): readonly string[] {
  return findings.map(({ object, pointer, message, expected }) => {
    const at = pointer === '' ? object.name : pointer;
    return [at, message, ...(expected === undefined ? [] : [expected])].join(' | ');
  });
}
