import type { RuleId } from '../conventions/document/action.ts';
import type { JudgedFinding } from '../engine/judgement.ts';
import type { CalicoInForce } from '../inventory/calico-in-force.ts';
import type { ObjectReference } from '../kubernetes/object.ts';
import type { NotJudged } from '../manifests/manifest-problem.ts';
import type { SourceRange } from '../manifests/source-position.ts';

/** What the cluster would do about a finding: refuse the object, add what is missing, admit it with or without a warning. */
export type AdmissionOutcome = 'refuse' | 'add' | 'warn' | 'admit';

/** `error` fails CI, `warning` is shown, `waived` is shown with the waiver that covers it. */
export type Severity = 'error' | 'warning' | 'waived';

export interface SourceLine {
  readonly number: number;
  readonly text: string;
}

/** A change of a file's text that puts a finding right. */
export interface Replacement extends SourceRange {
  readonly text: string;
}

/** An object that was judged, and where it was read. */
export interface ReportedObject {
  readonly reference: ObjectReference;
  readonly file: string;
  /** The template that the document was rendered from. */
  readonly source?: string;
  /** A program has made it of the file, which nobody but people can edit. */
  readonly isRendered?: true;
  /** No convention governs its namespace, so that nothing was judged. */
  readonly ungoverned?: true;
}

/** A finding with its place in a file. */
export interface ReportedFinding {
  readonly finding: JudgedFinding;
  readonly severity: Severity;
  readonly subject: ReportedObject;
  readonly place: SourceRange;
  /** Only the file is known, a template, and the place says nothing. */
  readonly lineUnknown?: true;
  /** The lines of the file around the place. */
  readonly frame: readonly SourceLine[];
  readonly admission: AdmissionOutcome;
  /** Names the finding with its value: what a waiver can pin. */
  readonly valueFingerprint: string;
  /** What the finding's witness is to it: `escapes` for a pod that gets out, `because` for a reason. */
  readonly witnessWord: string;
  /** The sets that it was found in, where several were judged. */
  readonly sets?: readonly string[];
  /** There where the format asks for it and the file can be edited. */
  readonly replacements?: readonly Replacement[];
}

export interface RuleSummary {
  readonly id: RuleId;
  readonly title: string;
  readonly action: 'deny' | 'warn' | 'off';
}

/** Objects of a kind that no rule is about. */
export interface OtherKind {
  /** `Workflow.argoproj.io`; a kind of the core group has no group. */
  readonly kind: string;
  readonly count: number;
  /** Whether something is known to make pods of them. */
  readonly makesPods: boolean;
}

/** What was looked at, and what was not. */
export interface Tally {
  readonly files: number;
  /** Objects that at least one rule is about, in namespaces that a convention governs. */
  readonly judged: number;
  /** Objects of kinds that no rule is about. */
  readonly otherKinds: number;
  /** The same by kind and group, the most frequent first. */
  readonly otherKindNames: readonly OtherKind[];
  /** Objects in namespaces without a convention. */
  readonly ungoverned: number;
  readonly assumedNamespace: { readonly name: string; readonly objects: number };
}

/** What came of one set of several: of what is applied together to one cluster. */
export interface SetVerdict {
  readonly name: string;
  readonly errors: number;
  readonly warnings: number;
  readonly waived: number;
  /** Objects that were judged, and documents that were not. */
  readonly judged: number;
  readonly notJudged: number;
  readonly exitCode: number;
}

/** Something about a waiver that somebody should know: it has ended, ends soon, does not count or covers nothing. */
export interface ReportedNotice {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly expected: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What a run was judged by: with it the run can be repeated. */
export interface Basis {
  /** The clock, RFC 3339. */
  readonly now: string;
  /** By priority, the highest first. */
  readonly conventions: readonly {
    readonly name: string;
    readonly file: string;
    readonly hash: string;
    readonly packaged: boolean;
  }[];
  /** The file of conventions of a folder above, which is not in force. */
  readonly notInForce?: string;
  /** What is not certain of the verdicts, one sentence each. */
  readonly remarks: readonly string[];
}

/** Everything that one run of `check` has to say; the formats are functions of it. */
export interface Report {
  /** Of tollgate. */
  readonly version: string;
  /** In the order of files, lines and columns. */
  readonly findings: readonly ReportedFinding[];
  readonly objects: readonly ReportedObject[];
  readonly notJudged: readonly NotJudged[];
  readonly foreign: readonly NotJudged[];
  readonly rules: readonly RuleSummary[];
  readonly tally: Tally;
  /** The files that were read; of what was rendered, those that it leads back to. */
  readonly fileNames: readonly string[];
  /** What `tally.files` counts, where that is not files. */
  readonly unit?: 'namespace';
  readonly notices: readonly ReportedNotice[];
  /** Namespaces that the files create before anything that could cover them, where the order is not judged. */
  readonly early: readonly string[];
  /** The Calico that the objects were judged for. */
  readonly calico: CalicoInForce;
  /** The command that applies the fixes of these findings, over everything that was judged. */
  readonly fixCommand: string;
  readonly basis: Basis;
  /** The verdict on each set, where the files are several. */
  readonly sets?: readonly SetVerdict[];
  readonly exitCode: number;
}

export interface FormatOptions {
  readonly color: boolean;
}

/** Writes a report as text; every format is one. */
export type Format = (report: Report, options: FormatOptions) => string;
