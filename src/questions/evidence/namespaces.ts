import type { Point } from '../../conventions/document/action.ts';
import type { DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import { selectionReason } from '../../conventions/convention/selection-reason.ts';
import { closingPolicies } from '../../facts/coverage/closing-policies.ts';
import { askDirection } from '../../facts/coverage/direction-question.ts';
import { judgeNamespace } from '../../facts/coverage/namespace-coverage.ts';
import { identityAsAdmitted } from '../../facts/coverage/subject-coverage.ts';
import { directions } from '../../kubernetes/direction.ts';
import { isTerminating, namespaceIdentity, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { familyNames } from '../../kubernetes/net/family.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { listInWords } from '../../text/list.ts';
import type { QuestionContext } from '../question-context.ts';
import type { DirectionEvidence, Exclusion, NamespaceEvidence } from './evidence.ts';

const states = { deny: 'closed', allow: 'open', unknown: 'unknown' } as const;

/** Each governed namespace by direction and family, and those that no convention governs; both by name. */
export function evidenceOfNamespaces(
  objects: readonly KubernetesObject[],
  question: QuestionContext,
  point: Point,
): { readonly namespaces: readonly NamespaceEvidence[]; readonly excluded: readonly Exclusion[] } {
  const namespaces: NamespaceEvidence[] = [];
  const excluded: Exclusion[] = [];
  const { conventions } = question;
  for (const object of byName(objects)) {
    const name = object.metadata.name ?? '';
    const convention = conventions.governing(namespaceIdentity(name, object));
    if (convention)
      namespaces.push({
        name,
        convention: convention.name,
        directions: directionsOf(
          identityAsAdmitted(object, convention.defaultDeny ?? {}, { point }),
          convention.defaultDeny,
          question,
        ),
      });
    else {
      const reasons = conventions.conventions.map(
        (candidate) =>
          `"${candidate.name}" ${selectionReason(candidate, namespaceIdentity(name, object)).reason}`,
      );
      excluded.push({
        name,
        why: `no convention governs it: ${listInWords(reasons, { last: ',', most: 5 })}`,
      });
    }
  }
  return { namespaces, excluded };
}

function byName(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects
    .filter((object) => object.kind === 'Namespace' && !isTerminating(object))
    .toSorted((one, other) => ((one.metadata.name ?? '') < (other.metadata.name ?? '') ? -1 : 1));
}

function directionsOf(
  namespace: NamespaceIdentity,
  wanted: DefaultDenyConvention | undefined,
  question: QuestionContext,
): readonly DirectionEvidence[] {
  const { inventory } = question;
  return directions.flatMap((direction) =>
    familyNames.flatMap((family): readonly DirectionEvidence[] => {
      const asked = wanted?.directions.includes(direction) === true && wanted.families.includes(family);
      const ofOne = askDirection(namespace, direction, family, question);
      const [verdict] = judgeNamespace(inventory, ofOne.namespace, ofOne.asked);
      if (!verdict) return [];
      const head = { direction, family, asked, state: states[verdict.verdict] };
      const closing =
        verdict.verdict === 'deny'
          ? closingPolicies(inventory.lastingWorld, ofOne.namespace, direction, family)
          : undefined;
      if (closing)
        return [{ ...head, closedBy: closing.policies, decision: closing.text, opened: closing.holes }];
      const why = verdict.escapes ?? verdict.reasons.join('; ');
      return [{ ...head, closedBy: [], ...(why === '' ? {} : { why }) }];
    }),
  );
}
