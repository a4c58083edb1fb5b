import {
  defaultActionAt,
  type Action,
  type DefaultAction,
  type Point,
  type RuleId,
} from '../document/action.ts';
import type { Convention } from './convention.ts';

/** The part of a rule that conventions act on. */
export interface RuleIdentity {
  readonly id: RuleId;
  readonly defaultAction: DefaultAction;
}

/** What becomes of a rule's findings, and since (or from) when they are denied where a date is set. */
export interface DecidedAction {
  readonly action: Action;
  readonly since?: Date;
}

/** What a convention makes of a rule: what it says of the rule, else of its group, else the rule's own default. */
export function actionOf(rule: RuleIdentity, convention: Convention, point: Point, now: Date): DecidedAction {
  if (convention.madeOf)
    return strictest(convention.madeOf.map((member) => actionOf(rule, member, point, now)));
  for (const name of [rule.id, groupNameOf(rule.id)]) {
    const setting = convention.rules.get(name);
    const action = setting?.actions[point];
    if (!setting || !action) continue;
    const { since } = setting;
    if (!since || action !== 'deny') return { action };
    return { action: now < since ? 'warn' : 'deny', since };
  }
  return { action: defaultActionAt(rule.defaultAction, point) };
}

/** The group of a rule as documents name it: `mesh/*`. */
export function groupNameOf(rule: string): string {
  return `${rule.slice(0, rule.indexOf('/'))}/*`;
}

const severities = { off: 0, warn: 1, deny: 2 } as const satisfies Record<Action, number>;

/** The strictest of several actions; of two that warn, the one that denies first. */
function strictest(actions: readonly DecidedAction[]): DecidedAction {
  return actions.reduce((strict, next) => {
    const more = severities[next.action] - severities[strict.action];
    if (more !== 0) return more > 0 ? next : strict;
    const [nextTime, strictTime] = [next.since?.getTime(), strict.since?.getTime()];
    return (nextTime ?? Infinity) < (strictTime ?? Infinity) ? next : strict;
  });
}
