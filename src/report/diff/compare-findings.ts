import { fingerprintsOf } from '../fingerprint.ts';
import type { ReportedFinding } from '../report.ts';

/** Findings of two states, by what became of each. */
export interface FindingChanges {
  readonly added: readonly ReportedFinding[];
  readonly gone: readonly ReportedFinding[];
  /** The same finding in another file. */
  readonly moved: readonly { readonly from: ReportedFinding; readonly to: ReportedFinding }[];
}

/** Compares findings by rule, object and field, so that they stay the same where lines move. */
export function compareFindings(
  base: readonly ReportedFinding[],
  head: readonly ReportedFinding[],
): FindingChanges {
  const [before, after] = [byFingerprint(base), byFingerprint(head)];
  const moved = [...after].flatMap(([fingerprint, to]) => {
    const from = before.get(fingerprint);
    return from && from.subject.file !== to.subject.file ? [{ from, to }] : [];
  });
  return {
    added: [...after].flatMap(([fingerprint, one]) => (before.has(fingerprint) ? [] : [one])),
    gone: [...before].flatMap(([fingerprint, one]) => (after.has(fingerprint) ? [] : [one])),
    moved,
  };
}

function byFingerprint(findings: readonly ReportedFinding[]): ReadonlyMap<string, ReportedFinding> {
  const fingerprints = fingerprintsOf(findings.map(({ finding }) => finding));
  return new Map(findings.map((finding, index) => [fingerprints[index] ?? '', finding]));
}
