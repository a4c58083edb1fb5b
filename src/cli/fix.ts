import { judgeManifests } from '../application/check/judge-manifests.ts';
import { type FixedFile, fixSets } from '../application/fix/fix-sets.ts';
import { isJudged } from '../application/read/find-sets.ts';
import { printableLine } from '../engine/printable.ts';
import { createTextEditor } from '../manifests/edit/edit-text.ts';
import { defaultLimits } from '../manifests/limits.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { toggle } from '../settings.ts';
import { counted } from '../text/plural.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { tallyOf } from './fix-tally.ts';
import { manifestSettings } from './inputs/manifest-settings.ts';
import { applicationSettings } from './inputs/read-context.ts';
import { setSettings } from './inputs/read-sets.ts';
import { setsToJudge } from './inputs/sets-to-judge.ts';
import { unifiedDiff } from './print/unified-diff.ts';
import { writeFile } from './write-file.ts';

/** `tollgate fix`: puts into manifests what the rules know how to put right, and leaves every other byte alone. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Edits manifests in place: what the findings of check say is missing is put in, at its place, and nothing else',
    'changes. What comes up because of that is put right too, so a second run has nothing left to do. Templates, what',
    'charts and kustomizations make, and files that cannot be fully read are left alone. With - the result goes to',
    'standard output. In the end it says what was fixed, what is left and why, and what needs you.',
    '',
    'Exit codes: 0 done or nothing to do, 1 with --diff where something would change, 2 wrong usage or configuration,',
    '3 something could not be read or edited.',
  ].join('\n'),
  settings: {
    ...manifestSettings,
    ...applicationSettings,
    ...setSettings,
    unsafe: toggle('unsafe', {
      description:
        'Write the objects that remedies print as well, at the end of the file that they are for: policies and authorizations that open connections',
    }),
    diff: toggle('diff', { description: 'Print what would change as a unified diff, and change nothing' }),
  },
  examples: [
    ['tollgate fix deploy/', 'put in what is missing'],
    ['tollgate fix --diff deploy/', 'fail in CI where something is missing'],
  ],
  run: async ({ values, positionals }, context) => {
    const { sets } = await setsToJudge(positionals, values, context);
    const now = values.now ?? context.now();
    const editor = await createTextEditor(defaultLimits);
    const fixed = fixSets(
      sets.map(({ manifests, conventions, around, namespace }) => ({
        files: manifests.files,
        objects: manifests.objects,
        judge: (objects) => {
          const gaps = [...manifests.gaps, ...around.gaps];
          return judgeManifests({ objects, gaps }, conventions, now, around.application);
        },
        read: (files) =>
          readManifests(
            files.map((file) => ({ file, named: true })),
            { namespace, isJudged },
          ).objects,
      })),
      { editor, writesObjects: values.unsafe },
    );
    const notJudged = sets.flatMap(({ manifests }) =>
      manifests.notJudged.map(
        ({ file, line, column, reason }) => `${file}:${line}:${column}: left alone, ${reason}`,
      ),
    );
    const problems = [...new Set([...notJudged, ...fixed.refusals])];
    for (const problem of problems) context.stderr.write(`${printableLine(problem)}\n`);
    const edited = fixed.files.filter(({ file, text }) => text !== file.text);
    if (values.diff)
      for (const { file, text } of edited)
        context.stdout.write(await unifiedDiff(file.name, file.text, text));
    else write(fixed.files, context);
    for (const line of tallyOf(fixed, values.diff)) context.stderr.write(`${line}\n`);
    if (problems.length > 0) return 3;
    return values.diff && edited.length > 0 ? 1 : 0;
  },
});

function write(files: readonly FixedFile[], { stdout, stderr }: CommandContext): void {
  for (const { file, findings, text } of files) {
    if (file.path === undefined) stdout.write(text);
    else if (text !== file.text) writeFile(file.path, text);
    if (text !== file.text) {
      stderr.write(`${file.name}: ${counted(findings, 'finding')} put right\n`);
    }
  }
}
