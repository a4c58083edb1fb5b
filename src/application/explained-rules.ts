import type { RuleId } from '../conventions/document/action.ts';
import type { RuleIdentity } from '../conventions/convention/rule-action.ts';
import { waiverTitles } from '../conventions/waiver-report.ts';
import { rules } from '../rules/registry.ts';

/** A rule as people read of it. */
export interface ExplainedRule extends RuleIdentity {
  readonly title: string;
}

const registered: ReadonlySet<string> = new Set(rules.map(({ id }) => id));

/** The rules about objects, and what only a whole run can say about waivers. */
export const explainedRules: readonly ExplainedRule[] = [
  ...rules,
  ...Object.entries(waiverTitles)
    .filter(([id]) => !registered.has(id))
    .map(([id, title]) => ({ id: id as RuleId, title, defaultAction: 'warn' as const })),
];
