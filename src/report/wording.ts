import { waiverInWords } from '../engine/judgement.ts';
import { printable } from '../engine/printable.ts';
import type { ObjectReference } from '../kubernetes/object.ts';
import type { NotJudged } from '../manifests/manifest-problem.ts';
import type { Basis, AdmissionOutcome, Report, ReportedFinding, ReportedObject, Severity } from './report.ts';
import type { SourceRange } from '../manifests/source-position.ts';
import { cut } from '../text/cut.ts';
import { listInWords } from '../text/list.ts';
import { counted, plural } from '../text/plural.ts';

export function onOneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ');
}

export function count(report: Report, severity: Severity): number {
  return report.findings.filter((finding) => finding.severity === severity).length;
}

/** `Deployment shop/web`, `GlobalNetworkPolicy deny-all`. */
export function objectName({ kind, namespace, name }: ObjectReference): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

const outcomes: Readonly<Record<AdmissionOutcome, string>> = {
  refuse: 'admission would refuse it',
  add: 'admission would add it',
  warn: 'admission would warn',
  admit: 'admission would say nothing',
};

export function outcomeInWords({ severity, admission }: ReportedFinding): string {
  return severity === 'waived' ? 'admission would admit it by the waiver' : outcomes[admission];
}

/** What is said about a place: of a finding, or of something that was not judged. */
export interface Pointed extends Pick<ReportedObject, 'file' | 'source'> {
  readonly lineUnknown?: true;
}

/**
 * The file that a finding points people to: what Helm rendered into standard input is pointed to by its template, which
 * has no line, since Helm gives none. Objects of a cluster have none either.
 */
export function fileOf({ file, source, lineUnknown }: Pointed): {
  readonly file: string;
  /** There is no line to point to. */
  readonly isTemplate: boolean;
} {
  return file === '<stdin>' && source !== undefined
    ? { file: source, isTemplate: true }
    : { file, isTemplate: lineUnknown === true };
}

/** What a finding points people to. */
export function pointedBy({ subject: { file, source }, lineUnknown }: ReportedFinding): Pointed {
  return {
    file,
    ...(source === undefined ? {} : { source }),
    ...(lineUnknown ? { lineUnknown } : {}),
  };
}

/** `deploy/web.yaml:3:1`, or the template alone. */
export function placeInWords(
  subject: Pointed,
  { line, column }: Pick<SourceRange, 'line' | 'column'>,
): string {
  const { file, isTemplate } = fileOf(subject);
  return isTemplate ? file : `${file}:${line}:${column}`;
}

/** The first line of the remedy, for formats that have one line for a finding. */
export function remedyOnOneLine({ finding: { expected } }: ReportedFinding): string | undefined {
  const [first = '', ...rest] = expected?.split('\n') ?? [];
  return first === '' ? undefined : cut(`${first}${rest.length > 0 ? ' …' : ''}`, 200);
}

/** `4 fixable with: tollgate fix deploy/`; undefined where nothing can be fixed by itself. */
function fixableInWords({ findings, fixCommand }: Report): readonly string[] {
  const fixable = findings.filter(
    ({ finding, severity, subject }) => finding.fix && severity !== 'waived' && !subject.isRendered,
  ).length;
  return fixable === 0 ? [] : [`${fixable} fixable with: ${fixCommand}`];
}

/** The waiver of a finding in one line; undefined where there is none. */
export function waiverOf({ finding }: ReportedFinding): string | undefined {
  return finding.waiver && waiverInWords(finding.waiver);
}

/** Everything a finding says beside its message, each with its heading. */
export function detailsOf({
  finding,
  witnessWord,
  sets,
}: ReportedFinding): readonly (readonly [string, string])[] {
  const { found, witness, expected, deniesFrom, lapsed } = finding;
  const details = {
    [witnessWord]: witness,
    found,
    expected,
    'denies from': deniesFrom,
    'not waived': lapsed,
    'in sets': sets && setNames(sets),
  };
  return Object.entries(details).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** `2 errors, 1 warning, 1 waived in 2 of 34 files`. */
export function findingsInWords(report: Report): string {
  const files = counted(report.tally.files, report.unit ?? 'file');
  const [errors, warnings, waived] = [
    count(report, 'error'),
    count(report, 'warning'),
    count(report, 'waived'),
  ];
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(waived > 0 ? [`${waived} waived`] : []),
  ];
  const where = report.unit ? `a cluster of ${files}` : files;
  const hit = new Set(report.findings.map(({ subject }) => subject.file)).size;
  const notJudged = report.notJudged.length;
  if (report.findings.length === 0 && notJudged > 0)
    return `not judged: ${counted(notJudged, 'document')} in ${files}; nothing was found in the rest`;
  if (report.unit && report.findings.length > 0) return `${parts.join(', ')} in ${where}`;
  return report.findings.length === 0
    ? `no findings in ${where}`
    : `${parts.join(', ')} in ${hit} of ${files}`;
}

/** What was judged and what was not: one line a fact, the most important first. */
export function tallyInWords(report: Report): readonly string[] {
  const { judged, otherKinds, otherKindNames, ungoverned, assumedNamespace } = report.tally;
  const facts = [
    counted(judged, 'object judged', 'objects judged'),
    ...(otherKinds > 0
      ? [`${otherKinds} of kinds that no rule is about: ${otherKindsInWords(otherKindNames)}`]
      : []),
    ...(ungoverned > 0
      ? [`${ungoverned} in namespaces without a convention: ${ungovernedNamespaces(report)}`]
      : []),
    ...(assumedNamespace.objects > 0
      ? [`${assumedNamespace.objects} without a namespace, judged in "${assumedNamespace.name}"`]
      : []),
    ...(report.foreign.length > 0
      ? [counted(report.foreign.length, 'document that is no manifest', 'documents that are no manifests')]
      : []),
  ];
  const notJudged = report.notJudged.length;
  return [
    ...setsInWords(report),
    facts.join(' · '),
    ...basisInWords(report.basis),
    ...(notJudged > 0 ? [counted(notJudged, 'document was not judged', 'documents were not judged')] : []),
    ...(report.notices.length > 0
      ? [counted(report.notices.length, 'remark on waivers', 'remarks on waivers')]
      : []),
    ...earlyInWords(report),
    ...fixableInWords(report),
  ];
}

/** `set overlays/prod: 2 errors, 1 warning, 12 objects judged, exit 1`, for each. */
function setsInWords({ sets = [] }: Report): readonly string[] {
  return sets.map(({ name, errors, warnings, waived, judged, notJudged, exitCode }) => {
    const facts = [
      ...(errors > 0 ? [counted(errors, 'error')] : []),
      ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
      ...(waived > 0 ? [`${waived} waived`] : []),
      ...(notJudged > 0 ? [`${counted(notJudged, 'document')} not judged`] : []),
      counted(judged, 'object judged', 'objects judged'),
      `exit ${exitCode}`,
    ];
    return `set ${name}: ${facts.join(', ')}`;
  });
}

/** The first few sets that something was found in. */
export function setNames(sets: readonly string[]): string {
  return listInWords(sets, { last: ',', most: 5 });
}

function earlyInWords({ early }: Report): readonly string[] {
  if (early.length === 0) return [];
  const names = listInWords(
    early.map((name) => `"${name}"`),
    { most: 3 },
  );
  return [
    `order: ${plural(early.length, 'namespace', 'namespaces')} ${names} ${plural(early.length, 'comes', 'come')} before any policy that could cover ${plural(early.length, 'it', 'them')}; a new one is refused in this order (--apply-order kubectl reports it, --context names what exists)`,
  ];
}

/** The most frequent by name, those that make pods first: what they make is judged when it is made. */
function otherKindsInWords(kinds: Report['tally']['otherKindNames']): string {
  const makers = kinds.filter(({ makesPods }) => makesPods);
  const others = kinds.filter(({ makesPods }) => !makesPods);
  const names = [
    ...makers.map(({ kind, count: many }) => `${many} ${kind} (makes pods)`),
    ...others.map(({ kind, count: many }) => `${many} ${kind}`),
  ];
  return listInWords(names, { last: ',', most: 8 });
}

/** By which conventions it was judged, unless that is the packaged one, and what is not certain. */
function basisInWords({ conventions, notInForce, remarks }: Basis): readonly string[] {
  const named = conventions
    .filter(({ packaged }) => !packaged)
    .map(({ name, file, hash }) => `"${name}" (${file}, ${hash})`);
  const above = notInForce === undefined ? '' : `; ${notInForce} is not in force`;
  return [
    ...(named.length > 0
      ? [
          `judged by ${named.length === 1 ? 'convention' : 'conventions'} ${listInWords(named, { last: ',', most: 5 })}${above}`,
        ]
      : []),
    ...remarks,
  ];
}

/** The first few of them, by name. */
function ungovernedNamespaces({ objects }: Report): string {
  const references = objects.filter(({ ungoverned }) => ungoverned).map(({ reference }) => reference);
  const names = [...new Set(references.map(({ namespace, name }) => namespace ?? name))].toSorted();
  return listInWords(names, { last: ',', most: 5 });
}

/** Why an object was not judged though it could be read; nothing of it was found good. */
export function ungovernedInWords({ reference }: ReportedObject): string {
  return `${objectName(reference)} is not judged: no convention governs namespace "${reference.namespace ?? reference.name}"`;
}

/** The sentence for something that was not judged, with what to do. */
export function notJudgedInWords({ reason, remedy, source, sets }: NotJudged): string {
  const where = sets === undefined ? '' : ` (in sets: ${setNames(sets)})`;
  const origin = source === undefined ? '' : ` (rendered from ${source})`;
  return `not judged, ${reason}${origin}${remedy === undefined ? '' : `; ${remedy}`}${where}`;
}
