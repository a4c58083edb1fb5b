import { askDirection } from '../../facts/coverage/direction-question.ts';
import { createVerdicts } from '../../facts/coverage/namespace-coverage.ts';
import { type Direction, directions } from '../../kubernetes/direction.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { QuestionContext } from '../question-context.ts';
import type { CoverageChange, CoverageState } from './diff-answer.ts';

const familyNames = ['IPv4', 'IPv6'] as const;

/** Whether a direction of a namespace is closed to whom nobody asked for; undefined where the namespace is not there. */
export type CoverageOf = (
  namespace: string,
  direction: Direction,
  family: CoverageChange['family'],
) => CoverageState | undefined;

/** Creates the judging of a state; each verdict is asked for once. */
export function createCoverage(question: QuestionContext): CoverageOf {
  const { inventory } = question;
  const verdicts = createVerdicts(inventory);
  return (name, direction, family) => {
    const namespace = inventory.namespace(name);
    if (!namespace) return undefined;
    const identity = namespaceIdentity(name, namespace);
    const { asked, namespace: judged } = askDirection(identity, direction, family, question);
    return verdicts(judged, asked)[0]?.verdict ?? 'unknown';
  };
}

/** The directions of namespaces that are closed in one state and not in the other. */
export function compareCoverage(
  base: QuestionContext,
  head: QuestionContext,
): readonly Omit<CoverageChange, 'by'>[] {
  const [was, is] = [createCoverage(base), createCoverage(head)];
  const names = new Set(
    [base, head].flatMap(({ inventory }) =>
      [...inventory.namespaces()].map(({ metadata }) => metadata.name ?? ''),
    ),
  );
  return [...names].sort().flatMap((namespace) =>
    directions.flatMap((direction) =>
      familyNames.flatMap((family): readonly Omit<CoverageChange, 'by'>[] => {
        const [before, after] = [was(namespace, direction, family), is(namespace, direction, family)];
        const isClosed = { before: before === 'deny', after: after === 'deny' };
        // What is gone is no loss, and what was never there and is open still is one.
        const kind =
          after !== undefined && !isClosed.after && (isClosed.before || before === undefined)
            ? 'lost'
            : before !== undefined && !isClosed.before && (isClosed.after || after === undefined)
              ? 'won'
              : undefined;
        if (!kind) return [];
        return [
          {
            namespace,
            direction,
            family,
            kind,
            ...(before ? { before } : {}),
            ...(after ? { after } : {}),
          },
        ];
      }),
    ),
  );
}
