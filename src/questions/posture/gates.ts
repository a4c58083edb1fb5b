import { endOfTier, judgeCoverage } from '../../calico/index.ts';
import { askDirection } from '../../facts/coverage/direction-question.ts';
import { createVerdicts } from '../../facts/coverage/namespace-coverage.ts';
import { possibleWorlds } from '../../inventory/possible-worlds.ts';
import { directions } from '../../kubernetes/direction.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { QuestionContext } from '../question-context.ts';
import type { Gate } from './posture.ts';

const familyNames = ['IPv4', 'IPv6'] as const;

/**
 * Creates the reading of gates of a state.
 * @param question what exists
 * @returns for the name of a namespace both directions in both families
 * Source: `judgeCoverage`, of which every verdict is.
 * @example
 * createGates(question)('shop').every(({ verdict }) => verdict === 'deny'); // shop is closed
 */
export function createGates(question: QuestionContext): (namespace: string) => readonly Gate[] {
  const { inventory } = question;
  const verdicts = createVerdicts(inventory);
  const world = possibleWorlds(inventory)[0]?.worlds[0];
  return (name) => {
    const identity = namespaceIdentity(name, inventory.namespace(name));
    return familyNames.flatMap((family) =>
      directions.map((direction): Gate => {
        const { asked, namespace: judged } = askDirection(identity, direction, family, question);
        const verdict = verdicts(judged, asked)[0]?.verdict ?? 'unknown';
        const gate = { direction, family, verdict };
        if (verdict !== 'deny' || !world) return gate;
        const step = judgeCoverage(world, judged, asked).directions[0]?.decidedBy.at(-1);
        if (!step || step.kind === 'Profile' || step.verdict !== 'deny') return gate;
        const { kind, namespace, rule, tier } = step;
        const written = namespace === undefined ? step.name : `${namespace}/${step.name}`;
        // At the end of a tier a policy closes the direction by selecting; with a rule it says so itself.
        return {
          ...gate,
          by: { kind, name: rule === endOfTier ? written : `${written} rule ${rule + 1}`, tier },
        };
      }),
    );
  };
}
