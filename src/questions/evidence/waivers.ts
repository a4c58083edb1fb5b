import { standingOf } from '../../conventions/waiver-standing.ts';
import { waiverNotices } from '../../conventions/waiver-report.ts';
import { placeInWords } from '../../conventions/document/document-source.ts';
import { dayOf } from '../../conventions/document/days.ts';
import { createWaiverCounter, type WaiverCount } from '../../conventions/waiver/waiver-count.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { QuestionContext } from '../question-context.ts';
import type { EvidenceFinding, MonthOfEnds, WaiverEvidence } from './evidence.ts';

/** Every waiver, whether a document or an annotation: who answers for it, until when, and what it covers. */
export function evidenceOfWaivers(
  findings: readonly EvidenceFinding[],
  namespaces: readonly NamespaceIdentity[],
  { conventions, now }: QuestionContext,
): readonly WaiverEvidence[] {
  const counter = createWaiverCounter(conventions.waivers);
  counter.add(findings);
  const counts = counter.counts();
  const use = { used: new Set(counts.keys()) };
  const notices = waiverNotices(conventions, now, namespaces, use);
  const documents = conventions.waivers.map(
    (waiver): WaiverEvidence => ({
      ...statementOf(waiver),
      rules: waiver.rules,
      source: waiver.source ? placeInWords(waiver.source, '/metadata/name') : '',
      state: standingOf(waiver, notices, conventions, now).reason,
      covers: coversOf(counts.get(waiver.name)),
    }),
  );
  return [...documents, ...annotationsAmong(findings, new Set(documents.map(({ name }) => name)))];
}

/** Waivers that stand on the object they are for, and cover something. */
function annotationsAmong(
  findings: readonly EvidenceFinding[],
  documents: ReadonlySet<string>,
): readonly WaiverEvidence[] {
  const carried = findings.filter(({ waiver }) => waiver && !documents.has(waiver.name));
  const groups = Map.groupBy(carried, ({ object, waiver }) => JSON.stringify([object, waiver?.name]));
  return [...groups.values()].flatMap((group): readonly WaiverEvidence[] => {
    const [first] = group;
    if (!first?.waiver) return [];
    const { object, rule, namespace = object.namespace ?? object.name, waiver } = first;
    return [
      {
        ...statementOf(waiver),
        rules: [rule],
        source: `${nameOf(object)}, ${waiver.name}`,
        state: 'InForce',
        covers: { findings: group.length, objects: 1, namespaces: [namespace] },
      },
    ];
  });
}

function statementOf({
  name,
  owner,
  reason,
  ticket,
  approvedBy,
  from,
  until,
}: NonNullable<EvidenceFinding['waiver']>): NonNullable<EvidenceFinding['waiver']> {
  return {
    name,
    owner,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(from === undefined ? {} : { from }),
    until,
  };
}

function coversOf(count: WaiverCount | undefined): WaiverEvidence['covers'] {
  return {
    findings: count?.findings ?? 0,
    objects: count?.objects ?? 0,
    namespaces: [...(count?.namespaces ?? [])].filter((name) => name !== '').toSorted(),
  };
}

/** What is left to do, month by month: the waivers that have not ended, by the month of their last day. */
export function burnDownOf(waivers: readonly WaiverEvidence[], now: Date): readonly MonthOfEnds[] {
  const today = dayOf(now);
  const running = waivers.filter(({ until }) => today <= until);
  const months = Map.groupBy(running, ({ until }) => until.slice(0, 'YYYY-MM'.length));
  return [...months]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([month, ending]) => ({
      month,
      waivers: ending.map(({ name }) => name).toSorted(),
      findings: ending.reduce((sum, { covers }) => sum + covers.findings, 0),
    }));
}
