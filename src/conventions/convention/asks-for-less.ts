import { points, type Action } from '../document/action.ts';
import type { Convention, RuleSetting } from './convention.ts';
import { groupNameOf } from './rule-action.ts';

/**
 * What one convention asks for and another, which governs in its place, does not: a few words each, empty where it asks
 * for as much. What the other leaves to the default of a rule is not compared.
 */
export function asksForLess(former: Convention, next: Convention): readonly string[] {
  const labels = new Set(next.labels.map(({ key }) => key));
  const forbidden = new Set(next.labels.flatMap((label) => (label.forbidden ? [label.key] : [])));
  const allowed = former.labels.filter((label) => label.forbidden && !forbidden.has(label.key));
  const required = former.labels.filter((label) => label.required && !labels.has(label.key));
  return [
    ...(former.defaultDeny && !next.defaultDeny ? ['no defaultDeny'] : []),
    ...(asksForMesh(former) && !asksForMesh(next) ? ['no mesh'] : []),
    ...required.map(({ key }) => `no label ${key}`),
    ...allowed.map(({ key }) => `${key} is not forbidden`),
    ...weakerRules(former, next),
  ];
}

const severity = { off: 0, warn: 1, deny: 2 } as const satisfies Record<Action, number>;

function weakerRules(former: Convention, next: Convention): readonly string[] {
  return [...former.rules].flatMap(([name, had]) => {
    const has = next.rules.get(name) ?? next.rules.get(groupNameOf(name));
    const change = has && weakened(had, has);
    return change ? [`${name} ${change.from} -> ${change.to}`] : [];
  });
}

function weakened(had: RuleSetting, has: RuleSetting): { from: Action; to: Action } | undefined {
  for (const point of points) {
    const [from, to] = [had.actions[point], has.actions[point]];
    if (from && to && severity[to] < severity[from]) return { from, to };
  }
  return undefined;
}

function asksForMesh({ mesh }: Convention): boolean {
  return mesh !== undefined && mesh.inject !== 'off';
}
