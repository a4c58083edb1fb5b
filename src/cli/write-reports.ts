import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TollgateError } from '../errors.ts';
import { type FormatName, formatNames, formats } from '../report/formats.ts';
import type { Report } from '../report/report.ts';
import { findingsInWords } from '../report/wording.ts';
import { didYouMean, type Environment, list } from '../settings.ts';
import type { CommandContext } from './command.ts';

/** A report to be written: its format, and the file where it does not go to standard output. */
export interface OutputTarget {
  readonly format: FormatName;
  readonly file?: string;
}

/** `-o FORMAT[=FILE]`. */
export const outputSetting = list<OutputTarget>('output', {
  short: 'o',
  placeholder: 'FORMAT[=FILE]',
  description: `${formatNames.join(', ')}; without a file it goes to standard output, where text is the default on a terminal and concise elsewhere`,
  read: (text) => {
    const [name = '', ...rest] = text.split('=');
    const format = formatNames.find((candidate) => candidate === name);
    if (!format) {
      const known = `expected one of ${formatNames.join(', ')}${didYouMean(name, formatNames)}`;
      return { problem: `has the format ${JSON.stringify(name)}, ${known}` };
    }
    const file = rest.join('=');
    if (rest.length > 0 && file === '') return { problem: `names no file after ${format}=` };
    return { value: file === '' ? { format } : { format, file } };
  },
});

/** The targets as given, with something for standard output; two reports there would be one unreadable one. */
export function targetsOf(
  given: readonly OutputTarget[],
  { stdout }: CommandContext,
): readonly OutputTarget[] {
  const printed = given.filter(({ file }) => file === undefined);
  if (printed.length > 1) {
    const names = printed.map(({ format }) => format).join(' and ');
    const problems = `${names} cannot both go to standard output: give one of them a file, -o ${printed[1]?.format ?? ''}=FILE`;
    throw new TollgateError('ERR_USAGE', { problems, command: 'check' });
  }
  return given.length > 0 ? given : [{ format: stdout.isTerminal ? 'text' : 'concise' }];
}

/** Writes a report in every format asked for. */
export async function writeReports(
  report: Report,
  targets: readonly OutputTarget[],
  { folder, environment, stdout, stderr }: CommandContext,
): Promise<void> {
  for (const { format, file } of targets) {
    const print = await formats[format]();
    const text = print(report, { color: file === undefined && wantsColor(environment, stdout.isTerminal) });
    if (file === undefined) stdout.write(text);
    else writeReport(resolve(folder, file), text);
  }
  // a log without a word would look like a run that found nothing
  if (!targets.some(({ file }) => file === undefined)) stderr.write(`${findingsInWords(report)}\n`);
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TollgateError('ERR_CANNOT_WRITE', { file, reason }, { cause: error });
  }
}

/** Source: no-color.org and force-color.org. */
function wantsColor({ NO_COLOR, FORCE_COLOR, TERM }: Environment, isTerminal: boolean): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0';
  return isTerminal && TERM !== 'dumb';
}
