import type { Setting } from '../settings.ts';
import { variableOf } from '../settings.ts';
import type { AnyCommand, CommandEntry } from './command.ts';

/** The help of the program as a whole. */
export function programHelp(commands: readonly CommandEntry[]): string {
  return [
    'tollgate: the admission gate of Kubernetes clusters with Calico and Linkerd',
    '',
    'Usage: tollgate COMMAND [FLAGS] [ARGUMENTS]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Flags:',
    ...columns([
      ['-h, --help', 'Show this help, or that of a command'],
      ['--version', 'Show the version'],
    ]),
    '',
    'Exit codes: 0 clean, 1 findings, 2 wrong usage or configuration, 3 something could not be judged',
    '',
  ].join('\n');
}

/** The help of one command: every flag with the variable that stands in for it. */
export function commandHelp(name: string, { usage, description, settings, examples }: AnyCommand): string {
  return [
    `Usage: tollgate ${name} ${usage}`,
    '',
    description,
    '',
    'Flags (each with the environment variable that stands in for it):',
    ...columns(Object.values(settings).flatMap(describe)),
    ...columns([['-h, --help', 'Show this help']]),
    '',
    'Examples:',
    ...examples.flatMap(([line, meaning]) => [`  # ${meaning}`, `  ${line}`]),
    '',
  ].join('\n');
}

function describe(setting: Setting<unknown>): [string, string][] {
  const { flag, short, placeholder, repeatable, description, fallbackText } = setting;
  const name = `${short ? `-${short}, ` : ''}--${flag}${placeholder === undefined ? '' : ` ${placeholder}`}`;
  const notes = [
    ...(fallbackText === undefined ? [] : [`default ${fallbackText}`]),
    ...(repeatable ? ['may be repeated'] : []),
    variableOf(setting),
  ];
  return [[name, `${description} (${notes.join('; ')})`]];
}

/** Two columns; a left side that is too long gets a line of its own. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = 26;
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, 110 - width - 2);
    const rest = lines.map((line) => `  ${' '.repeat(width)}${line}`);
    return left.length < width - 1
      ? [`  ${left.padEnd(width)}${lines[0] ?? ''}`, ...rest.slice(1)]
      : [`  ${left}`, ...rest];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
