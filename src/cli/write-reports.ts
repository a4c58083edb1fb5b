import { resolve } from 'node:path';
import { type FormatName, formatNames, formats } from '../report/formats.ts';
import type { Report } from '../report/report.ts';
import { findingsInWords } from '../report/wording.ts';
import { type Environment, list } from '../settings.ts';
import type { CommandContext } from './command.ts';
import { type OutputTarget, readTarget } from './output-target.ts';
import { writeFile } from './write-file.ts';

/** `-o FORMAT[=FILE]`. */
export const outputSetting = list<OutputTarget<FormatName>>('output', {
  short: 'o',
  placeholder: 'FORMAT[=FILE]',
  description: `${formatNames.join(', ')}; without a file it goes to standard output, where text is the default on a terminal and concise elsewhere`,
  read: readTarget(formatNames),
});

/** Writes a report in every format asked for. */
export async function writeReports(
  report: Report,
  targets: readonly OutputTarget<FormatName>[],
  { folder, environment, stdout, stderr }: CommandContext,
): Promise<void> {
  for (const { format, file } of targets) {
    const print = await formats[format]();
    const text = print(report, { color: file === undefined && wantsColor(environment, stdout.isTerminal) });
    if (file === undefined) stdout.write(text);
    else writeFile(resolve(folder, file), text);
  }
  // a log without a word would look like a run that found nothing
  if (!targets.some(({ file }) => file === undefined)) stderr.write(`${findingsInWords(report)}\n`);
}

/** Source: no-color.org and force-color.org. */
function wantsColor({ NO_COLOR, FORCE_COLOR, TERM }: Environment, isTerminal: boolean): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return isTerminal && TERM !== 'dumb';
}
