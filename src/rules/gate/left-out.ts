import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, RuleContext, Subject } from '../rule.ts';
import { namespacesLeftOut, type ReachedNamespace } from './change-reach.ts';
import { effortFor, mostEffort } from './review-effort.ts';
import { namesInWords } from './words.ts';

/** What is said of the namespaces that are left out: what nobody has judged may be lost. */
export function findingsOnLeftOut(subject: Subject, context: RuleContext): readonly Finding[] {
  const leftOut = namespacesLeftOut(subject, context);
  if (leftOut.length === 0) return [];
  const { object } = subject;
  const { each } = effortFor(object);
  return groupByJudge(object, leftOut, context).flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = group.map(({ name }) => name);
    return [
      {
        rule: 'gate/default-deny-lost',
        object: referenceOf(object),
        pointer: '',
        message: `${nameOf(object)}: it is too large to be judged for all namespaces that it selects, so nobody knows whether namespace${names.length > 1 ? 's' : ''} ${namesInWords(names)} would still be denied by default`,
        witness: `of ${each} bytes, it is judged for at most ${Math.floor(mostEffort / each)} kinds of namespaces and directions in one review`,
        expected:
          'several policies with fewer rules each, or a namespaceSelector that selects fewer namespaces',
        namespace: first.name,
      },
    ];
  });
}

/** One finding for all the namespaces of which the same convention and the same waiver decide. */
function groupByJudge(
  object: KubernetesObject,
  leftOut: readonly ReachedNamespace[],
  { conventions, now }: RuleContext,
): readonly (readonly ReachedNamespace[])[] {
  const finding = { rule: 'gate/default-deny-lost', object: referenceOf(object) } as const;
  const groups = Map.groupBy(leftOut, ({ former, convention }) =>
    JSON.stringify([convention.name, conventions.waiverFor(finding, former, now)?.name]),
  );
  return [...groups.values()];
}
