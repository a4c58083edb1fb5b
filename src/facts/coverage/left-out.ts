import { referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding } from '../finding.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { namespacesLeftOut } from './change-reach.ts';
import { groupByJudge } from './group-by-judge.ts';
import { createVerdicts } from './namespace-coverage.ts';
import { effortFor, mostEffort, sizeOf } from './review-effort.ts';
import { namesInWords } from './coverage-in-words.ts';
import { plural } from '../../text/plural.ts';

/** The findings on namespaces that are left out and may lose a default-deny; those that were open have none to lose. */
export function findingsOnLeftOut(subject: Subject, context: RuleContext): readonly Finding[] {
  const unjudged = namespacesLeftOut(subject, context);
  if (unjudged.length === 0) return [];
  const { object } = subject;
  const verdictsBefore = createVerdicts(context.before, effortFor(subject));
  const leftOut = unjudged.filter(({ former, wanted }) =>
    verdictsBefore(former, wanted).some(({ verdict }) => verdict !== 'allow'),
  );
  return groupByJudge(referenceOf(object), leftOut, context).flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = group.map(({ name }) => name);
    return [
      {
        rule: 'gate/default-deny-lost',
        object: referenceOf(object),
        pointer: '',
        message: `${nameOf(object)}: it is too large to be judged for all namespaces that it selects, so it is unknown whether ${plural(names.length, 'namespace')} ${namesInWords(names)} would still be denied by default`,
        witness: `of ${sizeOf(object)} bytes, it is judged for at most ${Math.floor(mostEffort / sizeOf(object))} kinds of namespaces and directions in one review`,
        expected:
          'several policies with fewer rules each, or a namespaceSelector that selects fewer namespaces',
        namespace: first.name,
      },
    ];
  });
}
