import type { Point } from '../../conventions/document/action.ts';
import { judge } from '../../engine/judge.ts';
import { type JudgedFinding, waiversOf } from '../../engine/judgement.ts';
import { keyOf } from '../../inventory/inventory-store.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { Evidence, EvidenceFinding } from '../../questions/evidence/evidence.ts';
import { takeEvidence } from '../../questions/evidence/take-evidence.ts';
import type { QuestionContext } from '../../questions/question-context.ts';
import { rules } from '../../rules/registry.ts';

/** Judges every object as it is, and takes evidence of all of them; of namesakes the last one counts. */
export function evidenceOfState(
  objects: readonly KubernetesObject[],
  point: Point,
  question: QuestionContext,
): Evidence {
  const each = [...new Map(objects.map((object) => [keyOf(object), object])).values()];
  const findings = each.flatMap((object) => findingsIn(object, point, question));
  return takeEvidence({ objects: each, findings, rules, point }, question);
}

function findingsIn(
  object: KubernetesObject,
  point: Point,
  { conventions, inventory, now }: QuestionContext,
): readonly EvidenceFinding[] {
  return judge({ operation: 'STATE', object }, inventory, conventions, now, point).findings.map(told);
}

function told(finding: JudgedFinding): EvidenceFinding {
  const { action, concerns, namespace, object, rule, waiver } = finding;
  return {
    rule,
    outcome: waiver ? 'waived' : action,
    object,
    ...(namespace === undefined ? {} : { namespace }),
    ...(concerns ? { directions: concerns.directions } : {}),
    waivers: waiversOf(finding),
    ...(waiver ? { waiver } : {}),
  };
}
