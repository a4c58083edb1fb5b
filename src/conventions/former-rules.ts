import { isRecord } from '../kubernetes/object.ts';
import { record } from '../kubernetes/read.ts';
import type { RuleId } from './document/action.ts';

/** A rule as documents name it. */
export interface KnownRule {
  readonly id: RuleId;
  /** Ids that it had before. Documents may use them until the next minor version. */
  readonly formerly?: readonly string[];
}

/** A document in which each former id of a rule is replaced by the id that it has now. */
export function withCurrentRules(document: unknown, knownRules: readonly KnownRule[]): unknown {
  const current = currentIds(knownRules);
  if (current.size === 0 || !isRecord(document) || !isRecord(document.spec)) return document;
  const { spec } = document;
  const { waivers } = spec;
  return {
    ...document,
    spec: {
      ...spec,
      ...(spec['rules'] === undefined ? {} : { rules: renamed(spec['rules'], current) }),
      ...(isRecord(waivers) ? { waivers: withCurrentLists(waivers, current) } : {}),
    },
  };
}

/** The former ids that a document uses, one sentence each. */
export function formerRulesIn(document: unknown, knownRules: readonly KnownRule[]): readonly string[] {
  const { rules, waivers } = record(record(document).spec);
  const lists = listsOfRules.map((field) => record(waivers)[field]);
  const named = [rules, ...lists].flatMap(namesIn);
  const current = currentIds(knownRules);
  return [...new Set(named)].flatMap((name) => {
    const id = current.get(name);
    return id === undefined
      ? []
      : [`rule "${name}" is now called "${id}"; the old id is accepted until the next minor version`];
  });
}

/** What `waivers` lists rules under. */
const listsOfRules = ['never', 'mustPin'] as const;

function withCurrentLists(
  waivers: Readonly<Record<string, unknown>>,
  current: ReadonlyMap<string, RuleId>,
): Readonly<Record<string, unknown>> {
  const lists = listsOfRules.filter((field) => waivers[field] !== undefined);
  return {
    ...waivers,
    ...Object.fromEntries(lists.map((field) => [field, renamed(waivers[field], current)])),
  };
}

function currentIds(knownRules: readonly KnownRule[]): ReadonlyMap<string, RuleId> {
  return new Map(knownRules.flatMap(({ id, formerly = [] }) => formerly.map((name) => [name, id] as const)));
}

function namesIn(rules: unknown): readonly string[] {
  if (Array.isArray(rules)) return rules.filter((name) => typeof name === 'string');
  return isRecord(rules) ? Object.keys(rules) : [];
}

/** Of a map that has both names the current one counts. */
function renamed(rules: unknown, current: ReadonlyMap<string, RuleId>): unknown {
  if (Array.isArray(rules))
    return rules.map((name: unknown) => (typeof name === 'string' ? (current.get(name) ?? name) : name));
  if (!isRecord(rules)) return rules;
  return Object.fromEntries(
    Object.entries(rules).flatMap(([name, setting]) => {
      const id = current.get(name);
      if (id === undefined) return [[name, setting]];
      return Object.hasOwn(rules, id) ? [] : [[id, setting]];
    }),
  );
}
