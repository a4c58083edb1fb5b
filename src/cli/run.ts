import { printable } from '../engine/printable.ts';
import { TollgateError } from '../errors.ts';
import { readSettings } from '../settings.ts';
import type { AnyCommand, CommandContext, CommandEntry } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, programHelp } from './help.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** Runs the program with its arguments; the number is the exit code. Failures of the process are told, not thrown. */
export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    const failure =
      error instanceof TollgateError
        ? error
        : new TollgateError('ERR_INTERNAL', {
            reason: error instanceof Error ? error.message : String(error),
          });
    if (failure.code === 'ERR_INTERNAL' && error instanceof Error)
      context.stderr.write(`${error.stack ?? ''}\n`);
    context.stderr.write(printable(`tollgate: ${failure.message}\n${failure.remedy}\n`));
    return failure.exitCode;
  }
}

async function dispatch(args: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    context.stderr.write(programHelp(commands));
    return 2;
  }
  if (name === '--version') {
    context.stdout.write(`${context.version}\n`);
    return 0;
  }
  const asksForHelp = ['help', '--help', '-h'].includes(name);
  const [topic] = rest;
  if (asksForHelp && topic === undefined) {
    context.stdout.write(programHelp(commands));
    return 0;
  }
  const entry = entryOf(asksForHelp && topic !== undefined ? topic : name);
  const { command } = await entry.load();
  if (asksForHelp || rest.some((argument) => argument === '--help' || argument === '-h')) {
    context.stdout.write(commandHelp(entry.name, command));
    return 0;
  }
  return runCommand(entry.name, command, rest, context);
}

function entryOf(name: string): CommandEntry {
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = commands.map((candidate) => candidate.name);
  const problem = name.startsWith('-')
    ? name.toLowerCase() === '-v'
      ? `unknown option ${name}, did you mean --version?`
      : `${name} comes after a command: ${names.join(', ')}`
    : `there is no command ${JSON.stringify(name)}${didYouMean(name, names)}`;
  throw new TollgateError('ERR_UNKNOWN_COMMAND', { problem });
}

async function runCommand(
  name: string,
  command: AnyCommand,
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const given = readSettings(command.settings, args, context.environment);
  if ('problems' in given) {
    throw new TollgateError('ERR_USAGE', {
      problems: given.problems.join('\ntollgate: '),
      command: name,
    });
  }
  return command.run({ ...given, values: given.values as never }, context);
}
