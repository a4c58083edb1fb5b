import type { Log, Notification, PhysicalLocation, ReportingDescriptor, Result } from 'sarif';
import type { NotJudged } from '../manifests/manifest-problem.ts';
import { controlsOf } from '../questions/evidence/controls.ts';
import type { SourceRange } from '../manifests/source-position.ts';
import { fingerprintsOf } from './fingerprint.ts';
import type { Format, ReportedFinding, ReportedNotice, ReportedObject, RuleSummary } from './report.ts';
import { detailsOf, fileOf, pointedBy, notJudgedInWords, ungovernedInWords, waiverOf } from './wording.ts';

/** How many results GitHub keeps of a run; the others would vanish without a word. */
const maximumResults = 5000;

/**
 * SARIF 2.1.0 for code scanning. Nothing but the document is written, `results` is always there, and waived findings
 * are in it as suppressed. Source: OASIS SARIF v2.1.0; GitHub, "SARIF support for code scanning".
 */
export const sarif: Format = (report) => {
  const fingerprints = fingerprintsOf(report.findings.map(({ finding }) => finding));
  const kept = bySeverity(
    report.findings.map((reported, index) => ({ reported, fingerprint: fingerprints[index] ?? '' })),
  );
  const omitted = report.findings.length - kept.length;
  const notifications = [
    ...report.notJudged.map(notificationOf),
    ...report.notices.map(noticeOf),
    ...report.objects.filter(({ ungoverned }) => ungoverned).map(ungovernedNotice),
    ...(omitted > 0 ? [omission(omitted)] : []),
  ];
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tollgate',
            version: report.version,
            semanticVersion: report.version,
            rules: report.rules.map(descriptorOf),
          },
        },
        columnKind: 'utf16CodeUnits',
        ...(report.sets ? { properties: { sets: report.sets } } : {}),
        results: kept.map(({ reported, fingerprint }) => resultOf(reported, fingerprint, report.rules)),
        invocations: [
          {
            executionSuccessful: report.notJudged.length === 0,
            exitCode: report.exitCode,
            ...(notifications.length > 0 ? { toolExecutionNotifications: notifications } : {}),
          },
        ],
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
};

interface Entry {
  readonly reported: ReportedFinding;
  readonly fingerprint: string;
}

/** All of them where they fit; else the errors first, so that what is left out is what matters least. */
function bySeverity(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length <= maximumResults) return entries;
  const rank = { error: 0, warning: 1, waived: 2 };
  return entries
    .toSorted((a, b) => rank[a.reported.severity] - rank[b.reported.severity])
    .slice(0, maximumResults);
}

function descriptorOf({ id, title, action }: RuleSummary): ReportingDescriptor {
  const tags = controlsOf(id);
  return {
    id,
    shortDescription: { text: title },
    help: { text: `tollgate explain ${id}`, markdown: `\`tollgate explain ${id}\`` },
    defaultConfiguration: { enabled: action !== 'off', level: action === 'deny' ? 'error' : 'warning' },
    ...(tags.length > 0 ? { properties: { tags: [...tags] } } : {}),
  };
}

function resultOf(reported: ReportedFinding, fingerprint: string, rules: readonly RuleSummary[]): Result {
  const { finding, severity, subject, place, replacements } = reported;
  const { kind, namespace, name } = subject.reference;
  const ruleIndex = rules.findIndex(({ id }) => id === finding.rule);
  const text = [
    finding.message,
    ...detailsOf(reported).map(([heading, detail]) => `${heading}: ${detail}`),
  ].join('\n');
  return {
    ruleId: finding.rule,
    ...(ruleIndex >= 0 ? { ruleIndex } : {}),
    level: severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'note',
    message: { text },
    locations: [
      {
        physicalLocation: physical(pointedBy(reported), place),
        logicalLocations: [
          { fullyQualifiedName: [namespace, kind, name].filter(Boolean).join('/'), kind: 'resource' },
          ...(finding.pointer === '' ? [] : [{ fullyQualifiedName: finding.pointer, kind: 'element' }]),
        ],
      },
    ],
    partialFingerprints: { 'tollgate/v1': fingerprint },
    suppressions: suppressionsOf(reported),
    ...(reported.sets ? { properties: { sets: reported.sets } } : {}),
    ...(replacements
      ? { fixes: [fixOf(subject.file, finding.expected ?? finding.message, replacements)] }
      : {}),
  };
}

function suppressionsOf(reported: ReportedFinding): NonNullable<Result['suppressions']> {
  const justification = waiverOf(reported);
  return justification === undefined ? [] : [{ kind: 'external', status: 'accepted', justification }];
}

function fixOf(
  file: string,
  text: string,
  replacements: NonNullable<ReportedFinding['replacements']>,
): NonNullable<Result['fixes']>[number] {
  return {
    description: { text },
    artifactChanges: [
      {
        artifactLocation: { uri: uriOf(file) },
        replacements: replacements.map((replacement) => ({
          deletedRegion: regionOf(replacement),
          insertedContent: { text: replacement.text },
        })),
      },
    ],
  };
}

function notificationOf(problem: NotJudged): Notification {
  const place = {
    line: problem.line,
    column: problem.column,
    endLine: problem.line,
    endColumn: problem.column,
  };
  return {
    level: 'error',
    descriptor: { id: problem.id },
    message: { text: notJudgedInWords(problem) },
    locations: [{ physicalLocation: physical(problem, place) }],
  };
}

function ungovernedNotice(object: ReportedObject): Notification {
  const place = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const locations = [{ physicalLocation: physical(object, place) }];
  return { level: 'note', message: { text: ungovernedInWords(object) }, locations };
}

function noticeOf({ rule, severity, message, file, line, column }: ReportedNotice): Notification {
  const place = { line, column, endLine: line, endColumn: column };
  const locations = [{ physicalLocation: physical({ file }, place) }];
  return { level: severity, descriptor: { id: rule }, message: { text: message }, locations };
}

function omission(number: number): Notification {
  const text = `${number} further findings are left out, since GitHub keeps ${maximumResults} of a run; -o json has them all`;
  return { level: 'warning', message: { text } };
}

/** The lines of a template are not known, and those of what was rendered would point to others. */
function physical(subject: Parameters<typeof fileOf>[0], place: SourceRange): PhysicalLocation {
  const { file, isTemplate } = fileOf(subject);
  return { artifactLocation: { uri: uriOf(file) }, ...(isTemplate ? {} : { region: regionOf(place) }) };
}

function regionOf({
  line,
  column,
  endLine,
  endColumn,
}: SourceRange): NonNullable<PhysicalLocation['region']> {
  return { startLine: line, startColumn: column, endLine, endColumn };
}

/** A relative reference, whatever characters the file's name has. */
function uriOf(file: string): string {
  return file === '<stdin>' ? 'stdin' : file.split('/').map(encodeURIComponent).join('/');
}
