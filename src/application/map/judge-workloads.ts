import { denies } from '../../engine/judgement.ts';
import { judge } from '../../engine/judge.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import type { CarFinding } from '../../questions/posture/posture.ts';
import type { QuestionContext } from '../../questions/question-context.ts';

/** What the rules find of the workloads of a state, by the key of each that has findings. */
export function judgeWorkloads(
  { conventions, inventory, now }: QuestionContext,
  namespaces: readonly string[],
): ReadonlyMap<string, readonly CarFinding[]> {
  const found = new Map<string, readonly CarFinding[]>();
  for (const namespace of namespaces)
    for (const object of inventory.workloads(namespace)) {
      const { findings } = judge({ operation: 'STATE', object }, inventory, conventions, now, 'ci');
      if (findings.length === 0) continue;
      found.set(
        keyOf(referenceOf(object)),
        findings.map((finding) => ({
          rule: finding.rule,
          severity: finding.waiver ? 'waived' : denies(finding) ? 'error' : 'warning',
          message: finding.message,
        })),
      );
    }
  return found;
}
