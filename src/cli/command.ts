import type { Environment, Settings, ValuesOf } from '../settings.ts';

/** What a command may touch of the outside world, so that tests can put another one in its place. */
export interface CommandContext {
  /** The working directory. */
  readonly folder: string;
  readonly environment: Environment;
  readonly now: () => Date;
  /** Standard input as a whole. */
  readonly stdin: () => Promise<Buffer>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly version: string;
  /** Resolves with the name of the signal by which the process is told to end; listens from the call on. */
  readonly untilStopped: () => Promise<string>;
}

export interface Output {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

/** One command: its help, its settings, and what it does. */
export interface Command<S extends Settings = Settings> {
  /** What follows the name of the command, as the help shows it: `[PATH…]`. */
  readonly usage: string;
  /** A few sentences for the help. */
  readonly description: string;
  readonly settings: S;
  /** Lines that call it, each with what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Does the work; the number is the exit code. */
  readonly run: (given: GivenTo<S>, context: CommandContext) => Promise<number>;
}

export interface GivenTo<S extends Settings> {
  readonly values: ValuesOf<S>;
  readonly positionals: readonly string[];
}

/** A command as the list of commands knows it; the rest is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  /** One line without a full stop. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: AnyCommand }>;
}

/** A command whose settings are no longer known to the type checker. */
export interface AnyCommand extends Omit<Command, 'run'> {
  readonly run: (
    given: { readonly values: never; readonly positionals: readonly string[] },
    context: CommandContext,
  ) => Promise<number>;
}

/** Keeps the type of a command's settings. */
export function defineCommand<S extends Settings>(command: Command<S>): Command<S> {
  return command;
}
