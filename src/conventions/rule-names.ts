import { isRecord } from '../kubernetes/object.ts';
import { waiverRules } from './waiver-report.ts';
import { ruleGroups } from './document/action.ts';
import { type Fault, type Path, quote } from './document/fault.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { record } from '../kubernetes/read.ts';

/** The groups that documents may name: what could not be judged is never a pass, whatever they say. */
const groups = ruleGroups.filter((group) => group !== 'manifest');

/** Every rule or group that a document names and that does not exist; looks at any value, valid or not. */
export function checkRuleNames(document: unknown, knownRules: readonly string[]): Fault[] {
  const spec = record(record(document).spec);
  const { rules, waivers } = spec;
  const named: { readonly name: unknown; readonly path: Path }[] = [
    ...(isRecord(rules) ? Object.keys(rules).map((name) => ({ name, path: ['spec', 'rules', name] })) : []),
    ...(Array.isArray(rules) ? rules.map((name, index) => ({ name, path: ['spec', 'rules', index] })) : []),
    ...(['never', 'mustPin'] as const).flatMap((field) => {
      const list: unknown = isRecord(waivers) ? waivers[field] : undefined;
      return Array.isArray(list)
        ? list.map((name: unknown, index) => ({ name, path: ['spec', 'waivers', field, index] }))
        : [];
    }),
  ];
  const known = [...groups.map((group) => `${group}/*`), ...knownRules, ...waiverRules];
  const names = new Set(known);
  return named.flatMap(({ name, path }) =>
    typeof name !== 'string' || names.has(name) ? [] : [unknownRule(name, path, known)],
  );
}

function unknownRule(name: string, path: Path, known: readonly string[]): Fault {
  const group = groups.find((candidate) => candidate === name);
  const hint = group ? `; did you mean "${group}/*"?` : didYouMean(name, known, 'document');
  const expected = known.slice(0, groups.length).join(', ');
  return {
    path,
    message: `there is no rule ${quote(name)}${hint || `; the groups are ${expected}, the rules are listed by tollgate explain`}`,
  };
}
