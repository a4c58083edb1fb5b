import type { DefaultAction, RuleId } from '../conventions/document/action.ts';
import type { Finding, Remark } from '../facts/finding.ts';
import { nameOf } from '../facts/object-name.ts';
import type { KindMatcher, RuleContext, Subject } from '../facts/subject.ts';
import { referenceOf } from '../kubernetes/object.ts';

/** A rule as the engine asks it: a definition whose remarks have become findings. */
export interface Rule extends Omit<RuleDefinition, 'check'> {
  readonly check: (subject: Subject, context: RuleContext) => readonly Finding[];
}

/** A rule as its file writes it. */
export interface RuleDefinition {
  readonly id: RuleId;
  /** Ids that it had before: conventions and waivers may use them until the next minor version. */
  readonly formerly?: readonly string[];
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
  /** Reported on the changed object at admission and on the affected object in CI: so the two name different objects. */
  readonly targetsChange?: true;
  /**
   * The namespaces beyond the subject's own that the rule judges as well. A rule that has this is asked where no
   * convention governs the subject, too.
   */
  readonly reaches?: (subject: Subject, context: RuleContext) => readonly string[];
  /** What is wrong with the subject; empty for nothing. Total: it never throws, whatever the subject holds. */
  readonly check: (subject: Subject, context: RuleContext) => readonly Remark[];
}

/**
 * Makes a rule of its definition: every remark gets the rule's id, the reference of the subject and the subject's name
 * in front of its message.
 *
 * @example
 * export const dated = defineRule({
 *   id: 'label/dated',
 *   title: 'A workload has no date',
 *   appliesTo: { kinds: ['workload'], operations: ['CREATE'] },
 *   defaultAction: 'warn',
 *   check: () => [{ pointer: '/metadata/labels', message: 'it has no date' }],
 * }); // Deployment "shop/web": it has no date
 */
export function defineRule({ check, ...rule }: RuleDefinition): Rule {
  return {
    ...rule,
    check: (subject, context) => {
      const remarks = check(subject, context);
      // Most rules find nothing, and that costs nothing.
      if (remarks.length === 0) return nothing;
      const object = referenceOf(subject.object);
      const name = `${nameOf(object)}:`;
      return remarks.map(({ lead = name, message, ...rest }) => ({
        rule: rule.id,
        object,
        ...rest,
        message: `${lead} ${message}`,
      }));
    },
  };
}

const nothing: readonly Finding[] = [];
