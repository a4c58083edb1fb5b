import { resolve } from 'node:path';
import { printableLine } from '../engine/printable.ts';
import type { CommandContext } from './command.ts';
import type { OutputTarget } from './output-target.ts';
import { writeFile } from './write-file.ts';

/** Writes a text to a file of the working directory, or to standard output where none is named. */
export function writeOut(file: string | undefined, text: string, { folder, stdout }: CommandContext): void {
  if (file === undefined) stdout.write(text);
  else writeFile(resolve(folder, file), text);
}

/** Writes one report in each format that was asked for. */
export async function writeAnswer<Format extends string, Report>(
  report: Report,
  targets: readonly OutputTarget<Format>[],
  formats: Readonly<Record<Format, () => Promise<(report: Report) => string>>>,
  context: CommandContext,
): Promise<void> {
  for (const { format, file } of targets) writeOut(file, (await formats[format]())(report), context);
}

/** Formats with a place for what could not be read; of the others an answer alone would look whole. */
const tellThemselves: ReadonlySet<string> = new Set(['text', 'markdown', 'json', 'html']);

/** Tells on standard error what an answer does not know, where one of its formats has no place for that. */
export function tellIncomplete(
  incomplete: readonly string[],
  targets: readonly OutputTarget<string>[],
  { stderr }: CommandContext,
): void {
  if (targets.every(({ format }) => tellThemselves.has(format))) return;
  for (const why of incomplete) stderr.write(`${printableLine(`not known: ${why}`)}\n`);
}
