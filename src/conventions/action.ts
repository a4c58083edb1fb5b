export type RuleGroup = 'gate' | 'policy' | 'mesh' | 'label' | 'data' | 'waiver' | 'manifest';

/** Stable for ever: conventions, waivers and dashboards name rules by it. */
export type RuleId = `${RuleGroup}/${string}`;

/** What becomes of a finding: `deny` refuses the request or fails CI, `warn` is shown, `off` is not judged. */
export type Action = 'deny' | 'warn' | 'off';

/** Where a judgement is made: in the API server's request path, over files, or by the audit of what exists. */
export type Point = 'admission' | 'ci' | 'audit';

/** What happens to a rule's findings where no convention says otherwise. */
export type DefaultAction = Action | Readonly<Record<Point, Action>>;
