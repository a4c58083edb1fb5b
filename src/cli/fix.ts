import { judgeManifests } from '../application/check/judge-manifests.ts';
import { type Fixed, type FixedFile, fixManifests } from '../application/fix/fix-manifests.ts';
import { findConventions } from '../application/read/find-conventions.ts';
import { printableLine } from '../engine/printable.ts';
import { createTextEditor } from '../manifests/edit/edit-text.ts';
import { defaultLimits } from '../manifests/limits.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { toggle } from '../settings.ts';
import { counted, plural } from '../text/plural.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { applicationSettings, readContext } from './inputs/read-context.ts';
import { writeFile } from './write-file.ts';
import { readSet } from './inputs/read-set.ts';
import { unifiedDiff } from './print/unified-diff.ts';

/** `tollgate fix`: puts into manifests what the rules know how to put right, and leaves every other byte alone. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Edits manifests in place: what the findings of check say is missing is put in, at its place, and nothing else',
    'changes. What comes up because of that is put right too, so a second run has nothing left to do. Templates, what',
    'charts and kustomizations make, and files that cannot be fully read are left alone. With - the result goes to',
    'standard output.',
    '',
    'Exit codes: 0 done or nothing to do, 1 with --diff where something would change, 2 wrong usage or configuration,',
    '3 something could not be read or edited.',
  ].join('\n'),
  settings: {
    ...manifestSettings,
    ...applicationSettings,
    diff: toggle('diff', { description: 'Print what would change as a unified diff, and change nothing' }),
  },
  examples: [
    ['tollgate fix deploy/', 'put in what is missing'],
    ['tollgate fix --diff deploy/', 'fail in CI where something is missing'],
  ],
  run: async ({ values, positionals }, context) => {
    const conventions = await findConventions(values.conventions, context.folder, context.stdin);
    const set = await readSet(positionals, values, context);
    const around = await readContext(values, context);
    const gaps = [...set.gaps, ...around.gaps];
    const now = values.now ?? context.now();
    const fixed = fixManifests(set.files, set.objects, {
      editor: await createTextEditor(defaultLimits),
      judge: (objects) => judgeManifests({ objects, gaps }, conventions, now, around.application),
      read: (files) =>
        readManifests(
          files.map((file) => ({ file, named: true })),
          { namespace: values.namespace },
        ).objects,
    });
    const problems = [
      ...set.notJudged.map(
        ({ file, line, column, reason }) => `${file}:${line}:${column}: left alone, ${reason}`,
      ),
      ...fixed.refusals,
    ];
    for (const problem of problems) context.stderr.write(`${printableLine(problem)}\n`);
    const edited = fixed.files.filter(({ file, text }) => text !== file.text);
    if (values.diff)
      for (const { file, text } of edited)
        context.stdout.write(await unifiedDiff(file.name, file.text, text));
    else write(fixed.files, context);
    context.stderr.write(`${tallyOf(fixed, values.diff)}\n`);
    if (problems.length > 0) return 3;
    return values.diff && edited.length > 0 ? 1 : 0;
  },
});

/** What became of the findings: `4 fixed, 2 left`; those left need somebody who decides. */
function tallyOf({ files, judged }: Fixed, isDiff: boolean): string {
  const left = judged.flatMap(({ judgement }) => judgement.findings.filter(({ waiver }) => !waiver)).length;
  const fixed = files.reduce((sum, { findings }) => sum + findings, 0);
  const rest =
    left > 0 ? `, ${left} left: tollgate check prints ${plural(left, 'its', 'their')} remedies` : '';
  return fixed === 0 && left === 0
    ? `nothing to fix in ${counted(judged.length, 'object')}`
    : `${fixed} ${isDiff ? 'would be fixed' : 'fixed'}${rest}`;
}

function write(files: readonly FixedFile[], { stdout, stderr }: CommandContext): void {
  for (const { file, findings, text } of files) {
    if (file.path === undefined) stdout.write(text);
    else if (text !== file.text) writeFile(file.path, text);
    if (text !== file.text) {
      stderr.write(`${file.name}: ${counted(findings, 'finding')} put right\n`);
    }
  }
}
