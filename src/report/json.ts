import type { AppliedWaiver } from '../engine/judgement.ts';
import { fingerprintsOf } from './fingerprint.ts';
import type { JsonReport } from './json-schema.ts';
import type { Format, ReportedFinding } from './report.ts';

/** The whole report for programs; its schema is in `json-schema.ts` and in docs/report.schema.json. */
export const json: Format = (report) => {
  const fingerprints = fingerprintsOf(report.findings.map(({ finding }) => finding));
  const { version, exitCode, notJudged, foreign, tally, notices, early, calico, basis } = report;
  const document = {
    schema: 'tollgate.dev/report/v1',
    version,
    exitCode,
    findings: report.findings.map((reported, index) => describe(reported, fingerprints[index] ?? '')),
    notJudged,
    foreign,
    tally,
    notices,
    early,
    calico,
    now: basis.now,
    conventions: basis.conventions.map(({ name, file, hash }) => ({ name, file, hash })),
    remarks: [...basis.remarks],
    sets: report.sets?.map((verdict) => ({ ...verdict })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
};

function describe(reported: ReportedFinding, fingerprint: string): JsonReport['findings'][number] {
  const { finding, severity, subject, place, lineUnknown, admission, valueFingerprint } = reported;
  const { rule, message, object, pointer, found, witness, expected, deniesFrom, lapsed, waiver, fix } =
    finding;
  return {
    rule,
    severity,
    message,
    object: { ...object },
    file: subject.file,
    source: subject.source,
    ...place,
    lineUnknown,
    pointer,
    found,
    witness,
    expected,
    deniesFrom,
    lapsed,
    waiver: waiver && describeWaiver(waiver),
    admission,
    fix: fix?.map((edit) => ({ ...edit })),
    fingerprint,
    valueFingerprint,
    sets: reported.sets && [...reported.sets],
  };
}

function describeWaiver(waiver: AppliedWaiver): JsonReport['findings'][number]['waiver'] {
  const { name, owner, reason, from, until, ticket, approvedBy } = waiver;
  return { name, owner, reason, from, until, ticket, approvedBy };
}
