import { nameOf } from '../../facts/object-name.ts';
import type { FindingChanges } from './compare-findings.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import type {
  Connection,
  ConnectionEnd,
  DecidingRule,
} from '../../questions/connections/connections-answer.ts';
import type {
  ConnectionChange,
  CoverageChange,
  CoverageState,
  DiffAnswer,
} from '../../questions/diff/diff-answer.ts';
import { listInWords } from '../../text/list.ts';
import { endInWords, numbersInWords } from '../connections/connections-report.ts';
import type { Place } from '../flow/flow-report.ts';
import { onOneLine, placeInWords } from '../wording.ts';

/** What is different between two states, with places in the files of each. */
export interface DiffReport {
  readonly base: string;
  readonly head: string;
  readonly answer: DiffAnswer;
  readonly findings: FindingChanges;
  /** In the files after the change, or before it for what is gone. */
  readonly placeOf: (at: NonNullable<DecidingRule['at']>) => Place | undefined;
}

/** One way to write a diff down. */
export type DiffFormat = (report: DiffReport) => string;

/** Changes of connections that read the same but for protocol and family, in one line. */
export interface ChangeLine {
  readonly kind: ConnectionChange['kind'];
  readonly isNewlyClear: boolean;
  /** `Deployment shop/web -> StatefulSet shop/db: TCP 5432; UDP 53`. */
  readonly text: string;
  /** `plaintext`, or `encrypted, then plaintext`. */
  readonly state: string;
  readonly by: readonly ObjectReference[];
}

/** The changes of connections, those of the same ends together. */
export function changeLines({ answer }: DiffReport): readonly ChangeLine[] {
  const ends = new Map(answer.ends.map((end) => [end.id, end]));
  const groups = Map.groupBy(answer.connections, ({ after, before, by, from, kind, to }) =>
    JSON.stringify([kind, from, to, before, after, by]),
  );
  return [...groups.values()].flatMap((changes): readonly ChangeLine[] => {
    const [first] = changes;
    const [from, to] = [ends.get(first?.from ?? ''), ends.get(first?.to ?? '')];
    if (!first || !from || !to) return [];
    return [
      {
        kind: first.kind,
        isNewlyClear: isNewlyClear(first),
        text: `${endInWords(from)} -> ${endInWords(to)}: ${whatOf(changes, from, to)}`,
        state: stateOf(first),
        by: first.by,
      },
    ];
  });
}

/** Whether a connection goes in the clear that was encrypted. */
export function isNewlyClear({ after, before }: ConnectionChange): boolean {
  return before?.encryption === 'encrypted' && after?.encryption === 'plaintext';
}

/** The protocols of one family, and of the other one where that is not the same. */
function whatOf(changes: readonly ConnectionChange[], from: ConnectionEnd, to: ConnectionEnd): string {
  const isPods = from.kind !== 'addresses' && to.kind !== 'addresses';
  const byFamily = [...Map.groupBy(changes, ({ family }) => family)].map(
    ([family, own]) => [family, numbersOf(own)] as const,
  );
  const [one, other] = byFamily;
  if (!one) return '';
  if (!isPods || one[1] === other?.[1]) return one[1];
  return byFamily.map(([family, what]) => `${what} (${family})`).join('; ');
}

const isAll = ({ icmp, ports, protocol }: Pick<Connection, 'icmp' | 'ports' | 'protocol'>) =>
  protocol === 'ICMP' ? !icmp : ports[0]?.[0] === 1 && ports[0][1] === 65_535;

function numbersOf(changes: readonly ConnectionChange[]): string {
  if (changes.length === 4 && changes.every(isAll)) return 'everything';
  return changes.map(numbersInWords).join('; ');
}

function stateOf({ after, before }: ConnectionChange): string {
  const told = [before, after].flatMap((state) =>
    state
      ? [
          [
            ...(state.verdict === 'unknown' ? ['unknown'] : []),
            state.encryption === 'unknown' ? 'encryption unknown' : state.encryption,
          ].join(', '),
        ]
      : [],
  );
  return told.join(' before, now ');
}

const coverageWords: Readonly<Record<CoverageState, string>> = {
  deny: 'closed',
  allow: 'open',
  unknown: 'not known',
};

/** `namespace shop: ingress over IPv4 is open, was closed`. */
export function coverageInWords({
  after,
  before,
  direction,
  family,
  namespace,
}: Omit<CoverageChange, 'by'>): string {
  const is = after ? `is ${coverageWords[after]}` : 'is gone';
  const was = before ? `was ${coverageWords[before]}` : 'the namespace is new';
  return `namespace ${namespace}: ${direction.toLowerCase()} over ${family} ${is}, ${was}`;
}

const mostObjects = 3;

/** ` by NetworkPolicy "shop/db-in" (deploy/in.yaml:4:1)`, or nothing where that is not known. */
export function byInWords(by: readonly ObjectReference[], report: DiffReport): string {
  if (by.length === 0) return '';
  const told = by.map((reference) => {
    const place = report.placeOf({ object: reference, pointer: '' });
    const changed = report.answer.objects.find(({ reference: one }) => nameOf(one) === nameOf(reference));
    const what = changed?.kind === 'changed' || !changed ? '' : `${changed.kind} `;
    return onOneLine(`${what}${nameOf(reference)}${place ? ` (${placeInWords(place, place)})` : ''}`);
  });
  return ` by ${listInWords(told, { most: mostObjects })}`;
}
