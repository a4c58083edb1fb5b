import { fingerprintsOf } from '../fingerprint.ts';
import type { ReportedFinding } from '../report.ts';

/** Findings of two states, by what became of each. */
export interface FindingChanges {
  readonly added: readonly ReportedFinding[];
  readonly gone: readonly ReportedFinding[];
  /** The same finding in another file. */
  readonly moved: readonly { readonly from: ReportedFinding; readonly to: ReportedFinding }[];
}

/**
 * Compares findings by rule, object, field and direction, so that they stay the same where lines move, and where one
 * finding tells of two directions and another of each.
 */
export function compareFindings(
  base: readonly ReportedFinding[],
  head: readonly ReportedFinding[],
): FindingChanges {
  const [before, after] = [byIdentity(base), byIdentity(head)];
  const moved = new Map(
    [...after].flatMap(([identity, to]) => {
      const from = before.get(identity);
      return from && from.subject.file !== to.subject.file ? [[to, { from, to }] as const] : [];
    }),
  );
  return { added: notIn(before, after), gone: notIn(after, before), moved: [...moved.values()] };
}

function notIn(
  known: ReadonlyMap<string, ReportedFinding>,
  all: ReadonlyMap<string, ReportedFinding>,
): readonly ReportedFinding[] {
  return [...new Set([...all].flatMap(([identity, one]) => (known.has(identity) ? [] : [one])))];
}

/** The findings by what each of them says: once for each direction that it is about. */
function byIdentity(findings: readonly ReportedFinding[]): ReadonlyMap<string, ReportedFinding> {
  const parts = findings.flatMap((reported) => {
    const { directions = [] } = reported.finding.concerns ?? {};
    return (directions.length > 0 ? directions : ['']).map((direction) => ({ reported, direction }));
  });
  const fingerprints = fingerprintsOf(
    parts.map(({ direction, reported: { finding } }) => ({
      ...finding,
      pointer: `${finding.pointer} ${direction}`,
    })),
  );
  return new Map(parts.map(({ reported }, index) => [fingerprints[index] ?? '', reported]));
}
