import type { CountedFinding } from '../conventions/waiver/waiver-count.ts';
import type { Finding } from '../facts/finding.ts';

/** The exception that keeps a finding from counting. */
export interface AppliedWaiver {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  /** The last day on which the waiver counts, as written in it: YYYY-MM-DD. */
  readonly until: string;
  readonly from?: string;
  readonly ticket?: string;
  readonly approvedBy?: string;
  /** Other waivers that cover the finding as well, and end earlier or on the same day. */
  readonly also?: readonly string[];
}

/** A waiver in one line: whose it is, until when, and why. */
export function waiverInWords({ name, owner, reason, until }: AppliedWaiver): string {
  return `waived by ${name} of ${owner} until ${until}: ${reason}`;
}

/** A finding with what becomes of it. Waived findings are kept and marked; findings of rules that are off are not. */
export interface JudgedFinding extends Finding {
  readonly action: 'deny' | 'warn';
  /** A warning of a rule that has been announced: the day from which it denies, YYYY-MM-DD. */
  readonly deniesFrom?: string;
  readonly waiver?: AppliedWaiver;
  /** Why a waiver that is about it does not cover it: it has ended, or is not as the convention wants it. */
  readonly lapsed?: string;
  /** What the same waiver let through at this place before the change, where that is another value. */
  readonly waivedBefore?: string;
  /** The old object had this finding as well, so it warns where it would have denied (ratchet). */
  readonly standing?: true;
}

/** What the engine says about one subject. */
export interface Judgement {
  readonly findings: readonly JudgedFinding[];
  /** The convention that governs the subject's namespace; undefined where none does. */
  readonly convention?: string;
  /** The subject's namespace is governed by no convention, so nothing was judged but what others may lose. */
  readonly ungoverned?: true;
  /** The convention takes no workloads into the subject's namespace while that is open. */
  readonly holds?: true;
  /** Namespaces beyond the subject's own that were judged as well. */
  readonly reaches?: readonly string[];
}

/** The names of all waivers that cover a finding. */
export function waiversOf({ waiver }: Pick<JudgedFinding, 'waiver'>): readonly string[] {
  return waiver ? [waiver.name, ...(waiver.also ?? [])] : [];
}

/** A finding as the counts of waivers take it. */
export function countedOf(finding: JudgedFinding): CountedFinding {
  const { namespace, object } = finding;
  return { object, waivers: waiversOf(finding), ...(namespace === undefined ? {} : { namespace }) };
}

/** Whether a finding refuses the request or fails CI. */
export function denies(finding: JudgedFinding): boolean {
  return finding.action === 'deny' && finding.waiver === undefined && finding.standing === undefined;
}
