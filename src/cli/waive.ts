import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findConventions } from '../application/read/find-conventions.ts';
import { judgeManifests, stateOfFiles } from '../application/check/judge-manifests.ts';
import { printWaivers } from '../application/waive/print-waivers.ts';
import type { WaivableFinding } from '../application/waive/waivable-findings.ts';
import { type Waived, waiveManifests } from '../application/waive/waive-manifests.ts';
import { checkDocument } from '../conventions/check-document.ts';
import { pathInWords } from '../conventions/document/document-problem.ts';
import { groupNameOf } from '../conventions/convention/rule-action.ts';
import { dayOf } from '../conventions/document/days.ts';
import { denies, type JudgedFinding } from '../engine/judgement.ts';
import { printableLine } from '../engine/printable.ts';
import { TollgateError } from '../errors.ts';
import { nameOf } from '../facts/object-name.ts';
import { ruleIds } from '../rules/registry.ts';
import type { ValuesOf } from '../settings.ts';
import { didYouMean } from '../text/did-you-mean.ts';
import { listInWords } from '../text/list.ts';
import { counted } from '../text/plural.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { readContext } from './inputs/read-context.ts';
import { readSet } from './inputs/read-set.ts';
import { waiveSettings } from './settings/waive-settings.ts';
import { writeFile } from './write-file.ts';

type Values = ValuesOf<typeof waiveSettings>;

/** `tollgate waive`: waivers for what check finds today, and for nothing that comes later. */
export const command = defineCommand({
  usage: '[PATH…] --until DATE --reason TEXT (--owner NAME | --owner-label KEY) [FLAGS]',
  description: [
    'Writes Waiver documents for what `tollgate check` finds in the PATHs today, so that a rule can deny from now on: one',
    'for each rule, namespace, kind and owner, with the objects by their names, and with each finding pinned, so that what',
    'comes later is refused. Existing waivers count, and nothing is written twice. The manifests are judged with the',
    'waivers before they are printed. To renew or repair them is what their ends are for: --stagger spreads these.',
    '',
    'Exit codes: 0 nothing denies any more of what was to be waived, 1 something still does, 2 wrong usage or',
    'configuration, 3 something was not judged.',
  ].join('\n'),
  settings: waiveSettings,
  examples: [
    [
      'tollgate waive deploy/ --until 2027-03-31 --stagger 2w --owner-label team --reason "before the mesh" > waivers.yaml',
      'for all that denies, two weeks from one end to the next',
    ],
    [
      'tollgate waive --rules mesh/opt-out --owner platform --until 2027-03-31 --reason OPS-114 -o waivers/mesh.yaml',
      'for one rule, into a file',
    ],
  ],
  run: async ({ values, positionals }, context) => {
    const now = values.now ?? context.now();
    const statement = statementOf(values, now);
    refuseToOverwrite(values, context);
    const stated = await findConventions(values.conventions, context.folder, context.stdin);
    const set = await readSet(positionals, values, context);
    const around = await readContext(values, context);
    const whole = { objects: set.objects, gaps: [...set.gaps, ...around.gaps] };
    const waived = waiveManifests({
      conventions: stated,
      inventory: stateOfFiles(whole, stated, around.application).inventory,
      judge: (conventions) => judgeManifests(whole, conventions, now, around.application),
      wanted: {
        isWanted: (finding) => isWanted(finding, values),
        ...(values.owner === undefined ? {} : { owner: values.owner }),
        ...(values.ownerLabel === undefined ? {} : { ownerLabel: values.ownerLabel }),
      },
      statement,
    });
    if (waived.ownerless.length > 0) throw ownerless(waived.ownerless, values);
    refuseInvalid(waived);
    write(waived, values, context);
    for (const { file, line, column, reason } of set.notJudged)
      context.stderr.write(`${printableLine(`${file}:${line}:${column}: not judged, ${reason}`)}\n`);
    for (const line of remarksOn(waived, values)) context.stderr.write(`${printableLine(line)}\n`);
    if (set.notJudged.length > 0 || around.gaps.length > 0) return 3;
    return waived.left.length > 0 ? 1 : 0;
  },
});

/** Everything that is missing is told at once: a waiver without it would be none. */
function statementOf(values: Values, now: Date) {
  const { approvedBy, owner, ownerLabel, reason, rules, stagger, ticket, until } = values;
  const from = dayOf(now);
  const unknown = rules.filter((rule) => !ruleIds.some((id) => id === rule || groupNameOf(id) === rule));
  const problems = [
    ...(until === undefined ? ['--until is missing: a waiver has an end'] : []),
    ...(until !== undefined && until < from ? [`--until ${until} is before today, ${from}`] : []),
    ...(reason === undefined ? ['--reason is missing: say why the rules do not hold here'] : []),
    ...(owner === undefined && ownerLabel === undefined
      ? ['--owner or --owner-label is missing: somebody answers for a waiver']
      : []),
    ...unknown.map((rule) => `--rules: there is no rule ${JSON.stringify(rule)}${didYouMean(rule, ruleIds)}`),
  ];
  if (until === undefined || reason === undefined || problems.length > 0) throw usage(problems);
  return {
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ends: { from, until, ...(stagger === undefined ? {} : { stagger }) },
  };
}

function usage(problems: readonly string[]): TollgateError {
  return new TollgateError('ERR_USAGE', { command: 'waive', problems: problems.join('\ntollgate: ') });
}

function isWanted(finding: JudgedFinding, { rules, warnings }: Values): boolean {
  const { rule } = finding;
  if (rule.startsWith('waiver/')) return false;
  if (rules.length > 0) return rules.some((name) => name === rule || name === groupNameOf(rule));
  return warnings || denies(finding);
}

function refuseToOverwrite({ force, output }: Values, { folder }: CommandContext): void {
  if (output === undefined || force || !existsSync(resolve(folder, output))) return;
  throw new TollgateError('ERR_CANNOT_WRITE', {
    file: output,
    reason: 'it exists, and --force is not given',
  });
}

function ownerless(findings: readonly WaivableFinding[], { ownerLabel = '' }: Values): TollgateError {
  const names = [...new Set(findings.map(({ object }) => nameOf(object)))];
  return usage([
    `nobody answers for ${listInWords(names, { most: 5 })}: neither they, their pods nor their namespaces have the label ${ownerLabel}; give --owner for the rest`,
  ]);
}

function refuseInvalid({ drafts }: Waived): void {
  const problems = drafts.flatMap(({ document }) =>
    checkDocument(document, ruleIds).faults.map(({ message, path }) => `${pathInWords(path)}: ${message}`),
  );
  if (problems.length > 0) throw usage([...new Set(problems)]);
}

function write({ drafts }: Waived, { output }: Values, { folder, stdout }: CommandContext): void {
  if (drafts.length === 0) return;
  const text = printWaivers(drafts);
  if (output === undefined) stdout.write(text);
  else writeFile(resolve(folder, output), text);
}

/** How many there are, what could not be waived, and what still denies, each with why. */
function remarksOn({ drafts, left, refused }: Waived, { output, until = '' }: Values): readonly string[] {
  const covered = drafts.reduce((sum, { findings }) => sum + findings.length, 0);
  const shortened = drafts.filter((draft) => draft.shortened).length;
  const why = left.map(
    ({ lapsed, object, rule }) =>
      `left: ${nameOf(object)}: ${rule}${lapsed === undefined ? '' : `: ${lapsed}`}`,
  );
  return [
    drafts.length === 0
      ? 'nothing to waive'
      : `${counted(drafts.length, 'waiver')} for ${counted(covered, 'finding')}${output === undefined ? '' : `: ${output}`}`,
    ...(shortened > 0
      ? [`${shortened} of them end before ${until}: their conventions allow no more days`]
      : []),
    ...(refused.length > 0
      ? [
          `${counted(refused.length, 'finding')} nothing may waive: ${listInWords([...new Set(refused.map(({ finding }) => finding.rule))], { most: 5 })}`,
        ]
      : []),
    ...why.slice(0, mostLeft),
    ...(why.length > mostLeft ? [`left: ${why.length - mostLeft} more`] : []),
  ];
}

const mostLeft = 20;
