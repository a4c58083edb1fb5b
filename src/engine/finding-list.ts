import type { KubernetesObject } from '../kubernetes/object.ts';
import { referenceOf } from '../kubernetes/object.ts';
import { limits } from '../facts/limits.ts';
import { nameOf } from '../facts/object-name.ts';
import type { Finding } from '../facts/finding.ts';
import { denies, type JudgedFinding } from './judgement.ts';
import { plural } from '../text/plural.ts';

/** What becomes of a finding. */
export type FindingDecision = Omit<JudgedFinding, keyof Finding>;

/** The findings of one rule about one object. */
export interface FindingList {
  readonly add: (finding: Finding, decision: FindingDecision) => void;
  readonly findings: () => Iterable<JudgedFinding>;
}

/**
 * Creates a list that keeps every finding that denies, and of the others as many as anybody reads: of the rest one
 * finding tells the number. So nothing that is refused is lost, and an object cannot make an answer as long as it likes.
 */
export function createFindingList(object: KubernetesObject): FindingList {
  const kept: JudgedFinding[] = [];
  let quiet = 0;
  let rest: { readonly first: JudgedFinding; count: number } | undefined;
  return {
    add: (finding, decision) => {
      const judged = { ...finding, ...decision };
      if (denies(judged) || quiet < limits.findingsListed.most) {
        if (!denies(judged)) quiet += 1;
        kept.push(judged);
      } else if (rest) rest.count += 1;
      else rest = { first: judged, count: 1 };
    },
    findings: () => (rest ? [...kept, moreOf(object, rest.first, rest.count)] : kept),
  };
}

function moreOf(
  object: KubernetesObject,
  { rule, action, waiver }: JudgedFinding,
  count: number,
): JudgedFinding {
  return {
    rule,
    object: referenceOf(object),
    pointer: '',
    message: `${nameOf(object)}: and ${count} more ${plural(count, 'finding')} of this rule, which are not listed`,
    action,
    ...(waiver ? { waiver } : {}),
  };
}
