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

/**
 * Marks the findings that a waiver lets through and that were others before the change: a waiver binds a rule and an
 * object, so that whoever decided on one value learns that it lets another through.
 */
export function markWidened(
  findings: readonly JudgedFinding[],
  subject: Subject,
  inventory: Inventory,
  conventions: ConventionSet,
  now: Date,
): readonly JudgedFinding[] {
  const { operation, oldObject } = subject;
  const waived = new Set(
    findings.flatMap(({ rule, waiver, found }) => (waiver && found !== undefined ? [rule] : [])),
  );
  if (operation !== 'UPDATE' || !oldObject || waived.size === 0) return findings;
  const old = { operation, object: oldObject, oldObject } as const;
  const former = judge(old, inventory, conventions, now, 'admission', ({ id }) => waived.has(id)).findings;
  const placeOf = (finding: JudgedFinding, object: KubernetesObject) =>
    JSON.stringify([finding.rule, namedPath(object, finding.pointer)]);
  const places = Map.groupBy(
    former.filter(({ waiver, found }) => waiver && found !== undefined),
    (finding) => placeOf(finding, oldObject),
  );
  return findings.map((finding) => {
    const before = finding.waiver ? (places.get(placeOf(finding, subject.object)) ?? []) : [];
    const [first] = before;
    if (!first?.found || before.some(({ found }) => found === finding.found)) return finding;
    return { ...finding, waivedBefore: first.found };
  });
}

/** What makes two findings the same one: the rule, the place and the value; a changed value is a new finding. */
function identityOf({ rule, pointer, found }: JudgedFinding, object: KubernetesObject): string {
  return JSON.stringify([rule, namedPath(object, pointer), found]);
}
