import type { ObjectReference } from '../../kubernetes/object.ts';
import { fingerprintsOf } from '../fingerprint.ts';
import type { ReportedFinding } from '../report.ts';
import type { DiffFormat } from './diff-report.ts';

/** A diff for programs; `schema` changes where a field goes or changes its meaning. */
export const json: DiffFormat = ({ answer, base, findings, head, placeOf }) => {
  const placed = (by: readonly ObjectReference[]) =>
    by.map((object) => {
      const place = placeOf({ object, pointer: '' });
      return { object, ...(place ? { place } : {}) };
    });
  const written = {
    schema: 'tollgate.dev/diff/v1',
    base,
    head,
    objects: answer.objects,
    ends: answer.ends,
    connections: answer.connections.map(({ by, ...change }) => ({ ...change, by: placed(by) })),
    coverage: answer.coverage.map(({ by, ...change }) => ({ ...change, by: placed(by) })),
    findings: {
      added: findingsOf(findings.added),
      gone: findingsOf(findings.gone),
      moved: findings.moved.map(({ from, to }) => ({
        ...findingsOf([to])[0],
        from: from.subject.file,
      })),
    },
    incomplete: answer.incomplete,
    cutShort: answer.cutShort,
  };
  return `${JSON.stringify(written, undefined, 2)}\n`;
};

function findingsOf(findings: readonly ReportedFinding[]): readonly object[] {
  const fingerprints = fingerprintsOf(findings.map(({ finding }) => finding));
  return findings.map(({ finding, place, severity, subject }, index) => ({
    rule: finding.rule,
    severity,
    object: finding.object,
    pointer: finding.pointer,
    message: finding.message,
    file: subject.file,
    line: place.line,
    column: place.column,
    fingerprint: fingerprints[index],
  }));
}
