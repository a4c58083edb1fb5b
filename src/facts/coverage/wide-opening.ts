import type { Direction, WideOpening } from '../../calico/index.ts';
import { isTerminating } from '../../kubernetes/namespace.ts';
import { referenceOf } from '../../kubernetes/object.ts';
import { nameOf } from '../object-name.ts';
import type { Finding } from '../finding.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { namespacesReached, ownNamespace } from './change-reach.ts';
import { wantedOf } from './convention-change.ts';
import { witnessFor } from './disclosure.ts';
import { compareCover } from './lost-cover.ts';
import { identityAsAdmitted, judgeNamespace } from './namespace-coverage.ts';
import { isSpared } from './spared.ts';
import { changeInWords, podInWords, stepInWords } from './coverage-in-words.ts';

const expected = 'rules that name their peers and ports';

/**
 * A namespace of which the rules, each by a protocol, ports or networks of its own, leave neither TCP nor UDP closed:
 * it is denied by default in name only, which is refused where all else that is wide is a warning.
 */
export function openingsOfNamespace(subject: Subject, context: RuleContext): readonly Finding[] {
  const { object } = subject;
  const wanted = wantedOf(subject, context);
  if (!wanted || isTerminating(object)) return [];
  const identity = identityAsAdmitted(object, wanted, context);
  return judgeNamespace(context.inventory, identity, wanted).flatMap(({ direction, verdict, wideOpen }) =>
    verdict === 'deny' && wideOpen
      ? [
          {
            rule: 'gate/wide-hole' as const,
            object: referenceOf(object),
            pointer: '',
            message: `namespace "${identity.name}": ${opensInWords(direction)}`,
            witness: openingInWords(wideOpen, direction),
            found: `${direction.toLowerCase()} by TCP and UDP`,
            expected,
            defaultAction: 'deny' as const,
          },
        ]
      : [],
  );
}

/** A change that opens a namespace so. */
export function openingsByChange(subject: Subject, context: RuleContext): readonly Finding[] {
  const { object, operation } = subject;
  const cover = compareCover(context.before, context.inventory);
  const own = ownNamespace(object);
  return namespacesReached(subject, context).flatMap((reached) => {
    if (isSpared(reached, context)) return [];
    const where =
      object.kind === 'Namespace' && own === reached.name ? '' : ` in namespace "${reached.name}"`;
    return cover.widened(reached).map(
      ({ direction, wideOpen }): Finding => ({
        rule: 'gate/wide-hole',
        object: referenceOf(object),
        pointer: '',
        message: `${nameOf(object)}: ${changeInWords(operation, object)}, ${opensInWords(direction)}${where}`,
        ...witnessFor(object, reached.name, () => openingInWords(wideOpen, direction)),
        found: `${direction.toLowerCase()} by TCP and UDP`,
        expected,
        defaultAction: 'deny',
        namespace: reached.name,
      }),
    );
  });
}

function opensInWords(direction: Direction): string {
  const [list, where] = direction === 'Ingress' ? ['ingress', 'from'] : ['egress', 'to'];
  return `${list} rules together open TCP and UDP ${where} anywhere`;
}

function openingInWords(opening: WideOpening, direction: Direction): string {
  if (!('witness' in opening)) return `it is taken for open: ${opening.limit}`;
  const walk = (steps: typeof opening.tcp) =>
    steps.map((step) => stepInWords(step, direction)).join(', then ');
  return `${podInWords(opening.witness)}; TCP: ${walk(opening.tcp)}; UDP: ${walk(opening.udp)}`;
}
