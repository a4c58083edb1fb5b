import { writeFileSync } from 'node:fs';
import { printableLine } from '../engine/printable.ts';
import { TollgateError } from '../errors.ts';
import { createTextEditor, type TextEditor } from '../manifests/edit/edit-text.ts';
import { defaultLimits } from '../manifests/limits.ts';
import { editsOf, type ManifestDocument, type ManifestFile } from '../manifests/manifest-set.ts';
import { createPlaceFinder } from '../manifests/place-finder.ts';
import { applyTextEdits, type TextEdit } from '../manifests/edit/text-edit.ts';
import type { Edit } from '../facts/finding.ts';
import { toggle } from '../settings.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { findConventions } from '../application/read/find-conventions.ts';
import { judgeManifests, type JudgedManifest } from '../application/check/judge-manifests.ts';
import { manifestSettings } from './manifest-settings.ts';
import { readSet } from './read-set.ts';
import { unifiedDiff } from './unified-diff.ts';
import { counted, plural } from '../text/plural.ts';
import { applicationSettings, readContext } from './read-context.ts';

/** `tollgate fix`: puts into manifests what the rules know how to put right, and leaves every other byte alone. */
export const command = defineCommand({
  usage: '[PATH…] [FLAGS]',
  description: [
    'Edits manifests in place: what the findings of check say is missing is put in, at its place, and nothing else',
    'changes. Templates and files that cannot be fully read are left alone. With - the result goes to standard output.',
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
    const conventions = await findConventions(values.conventions, context.folder);
    const set = await readSet(positionals, values, context);
    const around = await readContext(values, context);
    const whole = { ...set, gaps: [...set.gaps, ...around.gaps] };
    const judged = judgeManifests(whole, conventions, values.now ?? context.now(), around.application);
    const editor = await createTextEditor(defaultLimits);
    const changes = editFiles(set.files, judged, editor);
    const problems = [
      ...set.notJudged.map(
        ({ file, line, column, reason }) => `${file}:${line}:${column}: left alone, ${reason}`,
      ),
      ...changes.flatMap(({ refusals }) => refusals),
    ];
    for (const problem of problems) context.stderr.write(`${printableLine(problem)}\n`);
    const edited = changes.filter(({ edits }) => edits.length > 0);
    if (values.diff)
      for (const { file, edits } of edited)
        context.stdout.write(await unifiedDiff(file.name, file.text, applyTextEdits(file.text, edits)));
    else write(changes, context);
    context.stderr.write(`${tallyOf(judged, changes, values.diff)}\n`);
    if (problems.length > 0) return 3;
    return values.diff && edited.length > 0 ? 1 : 0;
  },
});

/** What became of the findings: `4 fixed, 2 left`; those left need somebody who decides. */
function tallyOf(judged: readonly JudgedManifest[], changes: readonly FileChange[], isDiff: boolean): string {
  const all = judged.flatMap(({ judgement }) => judgement.findings.filter(({ waiver }) => !waiver)).length;
  const fixed = changes.reduce((sum, { findings }) => sum + findings, 0);
  const left = all - fixed;
  const rest =
    left > 0 ? `, ${left} left: tollgate check prints ${plural(left, 'its', 'their')} remedies` : '';
  return fixed === 0 && left === 0
    ? `nothing to fix in ${counted(judged.length, 'object')}`
    : `${fixed} ${isDiff ? 'would be fixed' : 'fixed'}${rest}`;
}

interface FileChange {
  readonly file: ManifestFile;
  readonly edits: readonly TextEdit[];
  readonly findings: number;
  readonly refusals: readonly string[];
}

function editFiles(
  files: readonly ManifestFile[],
  judged: readonly JudgedManifest[],
  editor: TextEditor,
): readonly FileChange[] {
  const entries = Map.groupBy(judged, ({ manifest }) => manifest.document.file);
  return files.map((file) => editFile(file, entries.get(file) ?? [], editor));
}

function editFile(file: ManifestFile, entries: readonly JudgedManifest[], editor: TextEditor): FileChange {
  const places = createPlaceFinder();
  const edits: TextEdit[] = [];
  const refusals: string[] = [];
  let findings = 0;
  for (const [document, members] of Map.groupBy(entries, ({ manifest }) => manifest.document)) {
    const wanted = members.flatMap(fixesOf);
    if (wanted.length === 0) continue;
    const result = editor.editsFor(
      document.text,
      wanted.flatMap(({ fix }) => fix),
    );
    if ('refusal' in result) {
      const { line, column } = places.placeIn(document, wanted[0]?.fix[0]?.pointer ?? '');
      refusals.push(`${file.name}:${line}:${column}: left alone, ${result.refusal}`);
    } else {
      findings += wanted.length;
      edits.push(...shift(result.edits, document));
    }
  }
  return { file, edits, findings, refusals };
}

/** The remedies of every finding that no waiver covers. */
function fixesOf({ manifest, judgement }: JudgedManifest): { readonly fix: readonly Edit[] }[] {
  return judgement.findings.flatMap(({ fix, waiver }) =>
    fix && !waiver ? [{ fix: editsOf(manifest, fix) }] : [],
  );
}

function shift(edits: readonly TextEdit[], { offset }: ManifestDocument): TextEdit[] {
  return edits.map(({ start, end, text }) => ({ start: start + offset, end: end + offset, text }));
}

function write(changes: readonly FileChange[], { stdout, stderr }: CommandContext): void {
  for (const { file, edits, findings } of changes) {
    const text = applyTextEdits(file.text, edits);
    if (file.path === undefined) stdout.write(text);
    else if (edits.length > 0) writeText(file.path, text);
    if (edits.length > 0) {
      stderr.write(`${file.name}: ${counted(findings, 'finding')} put right\n`);
    }
  }
}

function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TollgateError('ERR_CANNOT_WRITE', { file, reason }, { cause: error });
  }
}
