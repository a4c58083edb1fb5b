import { type Point, points } from '../conventions/document/action.ts';
import type { Convention } from '../conventions/convention/convention.ts';
import type { ConventionSet } from '../conventions/convention-set.ts';
import { defaultConventionFile } from '../conventions/default-conventions.ts';
import { placeInWords } from '../conventions/document/document-source.ts';
import { dayOf } from '../conventions/document/days.ts';
import { groupNameOf, type RuleIdentity } from '../conventions/convention/rule-action.ts';
import { TollgateError } from '../errors.ts';
import { pointerOf } from '../kubernetes/json-pointer.ts';
import { manifestProblems } from '../manifests/manifest-problem.ts';
import { defineCommand } from './command.ts';
import { type ExplainedRule, explainedRules } from '../application/explained-rules.ts';
import { findConventions } from '../application/read/find-conventions.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { renderMarkdown, ruleSection } from './print/rule-section.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** `tollgate explain`: what a rule finds, why, an example of each, and what becomes of it here. */
export const command = defineCommand({
  usage: '[RULE|GROUP…] [FLAGS]',
  description: [
    'Prints what a rule finds and why, with an example of what is found and of what is wanted, and the action that is',
    'in force for it. Of a GROUP, such as mesh, it lists the rules; without a RULE, all of them.',
  ].join('\n'),
  settings: { conventions: manifestSettings.conventions, now: manifestSettings.now },
  examples: [
    ['tollgate explain', 'every rule with its action'],
    ['tollgate explain mesh/inject-missing', 'one rule in full'],
  ],
  run: async ({ values, positionals }, context) => {
    const set = await findConventions(values.conventions, context.folder, context.stdin);
    const now = values.now ?? context.now();
    const color = context.stdout.isTerminal && context.environment['NO_COLOR'] === undefined;
    const text =
      positionals.length === 0
        ? listOf(set, now)
        : positionals.map((name) => textOf(name, set, now, color)).join('\n\n');
    context.stdout.write(`${text}\n`);
    return 0;
  },
});

function textOf(name: string, set: ConventionSet, now: Date, color: boolean): string {
  const rule = explainedRules.find(({ id }) => id === name);
  if (rule) return explanationOf(rule, set, now, color);
  const group = explainedRules.filter(({ id }) => id.startsWith(`${name}/`));
  if (group.length > 0) return listOf(set, now, group);
  // What could not be judged is never a pass, so that no convention has a say about it.
  const unjudged = Object.entries(manifestProblems).find(([id]) => id === name);
  if (unjudged)
    return renderMarkdown(
      `**${name}**\n\n${unjudged[1]}. It is not judged, and the run exits with 3.`,
      color,
    );
  const ids = [...explainedRules.map(({ id }) => id), ...Object.keys(manifestProblems)];
  const problems = `there is no rule ${JSON.stringify(name)}${didYouMean(name, ids)}; tollgate explain lists them`;
  throw new TollgateError('ERR_USAGE', { command: 'explain', problems });
}

function listOf(set: ConventionSet, now: Date, listed: readonly ExplainedRule[] = explainedRules): string {
  const rows = listed.map((rule) => {
    const actions = points.map((point) => set.actionFor(rule, set.clusterWide(), point, now).action);
    return [rule.id, actionsInWords(actions), rule.title];
  });
  return tableOf([['RULE', 'ADMISSION/CI/AUDIT', 'WHAT IT FINDS'], ...rows]);
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** `deny`, or `deny/warn/warn` where the points differ: admission, CI, audit. */
function actionsInWords(actions: readonly string[]): string {
  return new Set(actions).size === 1 ? (actions[0] ?? '') : actions.join('/');
}

function explanationOf(rule: ExplainedRule, set: ConventionSet, now: Date, color: boolean): string {
  const section = ruleSection(rule.id) ?? `${rule.title}.`;
  const actions = set.conventions.map((convention) => actionInWords(rule, convention, set, now));
  return [renderMarkdown(`**${rule.id}**\n\n${section}`, color), '', 'In force:', ...actions].join('\n');
}

function actionInWords(rule: RuleIdentity, convention: Convention, set: ConventionSet, now: Date): string {
  const named = points.map((point) => {
    const { action, since } = set.actionFor(rule, convention, point, now);
    const announced = since && action === 'warn' ? ` (deny from ${dayOf(since)} on)` : '';
    return `${action}${announced}`;
  });
  const each = named.map((words, index) => `${words} ${pointsInWords[points[index] ?? 'ci']}`);
  const [first = ''] = named;
  const everywhere = new Set(named).size === 1 ? [`${first} everywhere`] : undefined;
  const origins = new Set(points.map((point) => originOf(rule, convention, point)));
  return `  convention "${convention.name}": ${(everywhere ?? each).join(', ')}; ${[...origins].join('; ')}`;
}

const pointsInWords: Readonly<Record<Point, string>> = {
  admission: 'at admission',
  ci: 'in CI',
  audit: 'in audits',
};

function originOf({ id }: RuleIdentity, { rules: settings, source }: Convention, point: Point): string {
  const name = [id, groupNameOf(id)].find((candidate) => settings.get(candidate)?.actions[point]);
  if (name === undefined) return 'the default of the rule';
  return source.file === defaultConventionFile
    ? `set for ${name}`
    : `set for ${name} in ${placeInWords(source, pointerOf('spec', 'rules', name))}`;
}
