import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { Point } from '../../conventions/document/action.ts';
import { reportWaivers, useOfCounts } from '../../conventions/waiver-report.ts';
import { denies, type JudgedFinding } from '../../engine/judgement.ts';
import type { TextEditor } from '../../manifests/edit/edit-text.ts';
import { editsOf, type ManifestObject, type ManifestSet } from '../../manifests/manifest-set.ts';
import { createPlaceFinder, type PlaceFinder } from '../../manifests/place-finder.ts';
import type { LineIndex, SourceRange } from '../../manifests/source-position.ts';
import type {
  Replacement,
  Report,
  ReportedFinding,
  ReportedNotice,
  ReportedObject,
  RuleSummary,
  Severity,
  SourceLine,
} from '../../report/report.ts';
import { pinnableOf } from '../../facts/waiver/pinnable.ts';
import { witnessWord } from '../../rules/registry.ts';
import { explainedRules } from '../explained-rules.ts';
import { otherKindsOf } from './other-kinds.ts';
import { calicoOf, type JudgedManifest, namespacesAmong, namespacesOf } from './judge-manifests.ts';
import { basisOf } from './basis.ts';
import { useOf } from './waiver-use.ts';
import { unusedAnnotations } from './unused-annotations.ts';

export interface ReportOptions {
  readonly version: string;
  readonly now: Date;
  /** Whether the run looked at everything there is, so that a waiver without use can be told. */
  readonly complete: boolean;
  /** Where the rules act; default: in CI. */
  readonly point?: Point;
  /** Whether warnings fail the run as well. */
  readonly failOnWarnings: boolean;
  /** What fixes what was judged. */
  readonly fixCommand: string;
  /** The file of conventions of a folder above, which is not in force. */
  readonly conventionsAbove?: string;
  /** There where a format wants to know how files would be edited. */
  readonly editor?: TextEditor;
}

/** Makes the report of a run: every finding at its place, in the order of files and lines. */
export function buildReport(
  set: ManifestSet,
  judged: readonly JudgedManifest[],
  conventions: ConventionSet,
  options: ReportOptions,
): Report {
  const { version, now, failOnWarnings, point = 'ci' } = options;
  const places = createPlaceFinder();
  const objects = new Map(judged.map((entry) => [entry, describe(entry, places)]));
  const findings = reportFindings(objects, options.editor, places);
  const notices = [
    ...noticesOf(conventions, judged, options),
    ...(options.complete ? unusedAnnotations(judged, conventions, now, places) : []),
  ];
  const fails = [...findings, ...notices].some(
    ({ severity }) => severity === 'error' || (failOnWarnings && severity === 'warning'),
  );
  const { notJudged, foreign, assumedNamespace } = set;
  const fileNames = namesOf(set, [...objects.values()]);
  return {
    version,
    findings,
    objects: [...objects.values()],
    notJudged,
    foreign,
    rules: explainedRules.map(({ id, title, defaultAction }): RuleSummary => {
      const { action } = conventions.actionFor({ id, defaultAction }, conventions.clusterWide(), point, now);
      return { id, title, action };
    }),
    tally: {
      files: fileNames.length,
      judged: judged.filter(({ otherKind, judgement }) => !otherKind && !judgement.ungoverned).length,
      otherKinds: judged.filter(({ otherKind }) => otherKind).length,
      otherKindNames: otherKindsOf(judged),
      ungoverned: [...objects.values()].filter(({ ungoverned }) => ungoverned).length,
      assumedNamespace,
    },
    fileNames,
    early: judged
      .filter(({ comesTooEarly }) => comesTooEarly)
      .map(({ manifest }) => manifest.object.metadata.name ?? ''),
    notices,
    calico: calicoOf(
      conventions,
      set.objects.map(({ object }) => object),
    ),
    fixCommand: options.fixCommand,
    basis: basisOf(conventions, judged, options),
    exitCode: notJudged.length > 0 ? 3 : fails ? 1 : 0,
  };
}

/** The files that people know: a program's output is none. */
function namesOf({ files }: ManifestSet, objects: readonly ReportedObject[]): readonly string[] {
  const read = files.flatMap(({ name, rendering }) => (rendering ? [] : [name]));
  return [...new Set([...read, ...objects.flatMap(({ file, isRendered }) => (isRendered ? [file] : []))])];
}

function describe({ manifest, judgement, otherKind }: JudgedManifest, places: PlaceFinder): ReportedObject {
  const { reference, document } = manifest;
  const { file, source } = document;
  return {
    reference,
    ...(file.rendering
      ? { file: places.locate(manifest, '').file, isRendered: true as const }
      : { file: file.name, ...(source === undefined ? {} : { source }) }),
    ...(judgement.ungoverned && !otherKind ? { ungoverned: true } : {}),
  };
}

function reportFindings(
  objects: ReadonlyMap<JudgedManifest, ReportedObject>,
  editor: TextEditor | undefined,
  places: PlaceFinder,
): readonly ReportedFinding[] {
  const files = new Map<string, ReportedFinding[]>();
  for (const [{ manifest, judgement, admission }, subject] of objects) {
    const own = files.get(subject.file) ?? [];
    for (const finding of judgement.findings) {
      const { range: place, lines, lineUnknown } = places.locate(manifest, finding.pointer);
      const replacements = editor && replacementsOf(manifest, finding, editor, places);
      own.push({
        finding,
        severity: severityOf(finding),
        subject,
        place,
        ...(lineUnknown ? { lineUnknown } : {}),
        frame: frameOf(place, lines),
        admission: admission(finding),
        valueFingerprint: pinnableOf(finding, manifest.object).fingerprint,
        witnessWord: witnessWord(finding.rule),
        ...(replacements ? { replacements } : {}),
      });
    }
    if (own.length > 0) files.set(subject.file, own);
  }
  return [...files.values()].flatMap((own) =>
    own.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column),
  );
}

function severityOf(finding: JudgedFinding): Severity {
  if (finding.waiver) return 'waived';
  return denies(finding) ? 'error' : 'warning';
}

/** The line of a place, the one before and the one after. */
function frameOf({ line }: SourceRange, lines: LineIndex | undefined): readonly SourceLine[] {
  if (!lines) return [];
  return [line - 1, line, line + 1].flatMap((number) => {
    const text = lines.line(number);
    return text === undefined || (text === '' && number !== line) ? [] : [{ number, text }];
  });
}

function replacementsOf(
  manifest: ManifestObject,
  { fix }: JudgedFinding,
  editor: TextEditor,
  places: PlaceFinder,
): readonly Replacement[] | undefined {
  const { document } = manifest;
  const result =
    fix && document.file.path !== undefined
      ? editor.editsFor(document.text, editsOf(manifest, fix))
      : undefined;
  if (!result || 'refusal' in result) return undefined;
  const lines = places.linesOf(document.file);
  return result.edits.map(({ start, end, text }) => ({
    ...lines.rangeOf(document.offset + start, document.offset + end),
    text,
  }));
}

function noticesOf(
  conventions: ConventionSet,
  judged: readonly JudgedManifest[],
  { now, complete }: ReportOptions,
): readonly ReportedNotice[] {
  const objects = judged.map(({ manifest }) => manifest.object);
  const namespaces = [...namespacesAmong(objects), ...namespacesOf(objects)];
  const use = complete ? useOfCounts(useOf(judged, conventions.waivers)) : undefined;
  const notices = reportWaivers(conventions, now, namespaces, use);
  return notices.map(({ rule, action, message, expected, waiver, pointer }) => {
    const place = waiver.source?.locate?.(pointer);
    return {
      rule,
      severity: action === 'deny' ? 'error' : 'warning',
      message,
      expected,
      file: waiver.source?.file ?? '',
      line: place?.line ?? 1,
      column: place?.column ?? 1,
    };
  });
}
