/** The groups of rules; the first part of every rule id. */
export const ruleGroups = ['gate', 'policy', 'mesh', 'label', 'data', 'waiver', 'manifest'] as const;

export type RuleGroup = (typeof ruleGroups)[number];

/** Stable for ever: conventions, waivers and dashboards name rules by it. */
export type RuleId = `${RuleGroup}/${string}`;

/** What becomes of a finding: `deny` refuses the request or fails CI, `warn` is shown, `off` is not judged. */
export type Action = 'deny' | 'warn' | 'off';

/** The points of judgement, as conventions name them. */
export const points = ['admission', 'ci', 'audit'] as const;

/** Where a judgement is made: in the API server's request path, over files, or by the audit of what exists. */
export type Point = (typeof points)[number];

/** What happens to a rule's findings where no convention says otherwise. */
export type DefaultAction = Action | Readonly<Record<Point, Action>>;

/** The default action of a rule at one point. */
export function defaultActionAt(action: DefaultAction, point: Point): Action {
  return typeof action === 'string' ? action : action[point];
}
