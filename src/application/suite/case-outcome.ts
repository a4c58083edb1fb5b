import type { PatchOperation } from '../../admission/patch.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import type { RuleId } from '../../conventions/document/action.ts';
import type { WaiverNotice } from '../../conventions/waiver-report.ts';
import type { JudgedFinding } from '../../engine/judgement.ts';
import type { FlowOutcome } from './run-flow.ts';

/** What became of a case. */
export interface CaseOutcome {
  readonly decision: 'allow' | 'deny';
  /** The rules that the mutating webhook has put right. */
  readonly patched: ReadonlySet<RuleId>;
  /** Everything that was found in what came out of it, denying or not. */
  readonly findings: readonly JudgedFinding[];
  /** What kubectl prints about a denial; of manifests, all findings in full. */
  readonly message: string;
  readonly warnings: readonly string[];
  readonly patch: readonly PatchOperation[];
  /** What is said about waivers that are documents of their own; a request is not told of them. */
  readonly notices: readonly WaiverNotice[];
  /** The conventions that govern the namespaces of what was judged, each once. */
  readonly governedBy: readonly string[];
  /** The rules that looked, whether they found something or not. */
  readonly asked: ReadonlySet<RuleId>;
  /** What was answered about connections, in the order of the case. */
  readonly flows: readonly FlowOutcome[];
  /** What was in force. */
  readonly conventions: ConventionSet;
}

/** A case is seldom all there is, so that a waiver which covers nothing in it may cover something elsewhere. */
export function isTold({ rule }: WaiverNotice): boolean {
  return rule !== 'waiver/unused';
}
