import type { DefaultAction, RuleId } from '../conventions/document/action.ts';
import type { Finding } from '../facts/finding.ts';
import type { KindMatcher, RuleContext, Subject } from '../facts/subject.ts';

export interface Rule {
  readonly id: RuleId;
  /** One sentence that names what the rule finds. */
  readonly title: string;
  readonly appliesTo: KindMatcher;
  /** What happens where a convention says nothing. */
  readonly defaultAction: DefaultAction;
  /** What a witness of this rule is called where it is not a mere reason: a pod that escapes. */
  readonly witnessIs?: 'escapes';
  /**
   * Whether the mutating webhook applies the fixes of this rule; `templates`: to what pods are made of, and not to pods,
   * which may be somebody's who compares them with what he made.
   */
  readonly mutates?: true | 'templates';
  /** Whether the verdict depends on other objects than the subject, so that a denial is worth a fresh look. */
  readonly readsInventory?: boolean;
  /** What it says of a pod is settled when the pod is made, so no change of a running one is judged by it. */
  readonly settledAtBirth?: true;
  /** What it says of an existing object is about one that runs, which no file shows: it is not asked in CI. */
  readonly ofRunning?: true;
  /** Whether a finding of the same kind in the old object keeps the new one from denying (default true). */
  readonly ratchet?: boolean;
  /** What a change brings is told of the change, and what exists of whom it hurts: so CI and cluster name different objects. */
  readonly targetsChange?: true;
  /**
   * The namespaces beyond the subject's own that the rule judges as well. A rule that has this is asked where no
   * convention governs the subject, too.
   */
  readonly reaches?: (subject: Subject, context: RuleContext) => readonly string[];
  readonly check: (subject: Subject, context: RuleContext) => readonly Finding[];
}
