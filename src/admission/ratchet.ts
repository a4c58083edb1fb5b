import type { ConventionSet } from '../conventions/convention-set.ts';
import { judge } from '../engine/judge.ts';
import { denies, type JudgedFinding } from '../engine/judgement.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { namedPath } from '../kubernetes/named-path.ts';
import type { KubernetesObject } from '../kubernetes/object.ts';
import { isRatcheted } from '../rules/registry.ts';
import type { Subject } from '../facts/subject.ts';

/**
 * Marks the findings of an update that the old object had as well: an old violation never blocks an unrelated change.
 * The old object is judged only where a finding would deny.
 */
export function markStanding(
  findings: readonly JudgedFinding[],
  subject: Subject,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): readonly JudgedFinding[] {
  const { operation, oldObject } = subject;
  if (operation !== 'UPDATE' || !oldObject || !findings.some(denies)) return findings;
  const former = judge(
    // Whoever made the old object: what it was found to have then, it has.
    { operation, object: oldObject, oldObject },
    inventory,
    conventions,
    now,
    'admission',
    isRatcheted,
  );
  const known = new Set(former.findings.map((finding) => identityOf(finding, oldObject)));
  return findings.map((finding) =>
    known.has(identityOf(finding, subject.object)) ? { ...finding, standing: true as const } : finding,
  );
}

/** What makes two findings the same one: the rule, the place and the value; a changed value is a new finding. */
function identityOf({ rule, pointer, found }: JudgedFinding, object: KubernetesObject): string {
  return JSON.stringify([rule, namedPath(object, pointer), found]);
}
