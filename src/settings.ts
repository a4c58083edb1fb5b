import { parseArgs } from 'node:util';
import { listInWords } from './text/list.ts';
import { didYouMean } from './text/did-you-mean.ts';

/** A variable of the environment by its name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of the process; the only place besides the entry points that reads it. */
export function readEnvironment(): Environment {
  return { ...process.env };
}

/** A setting: a flag of a command, and the environment variable that stands in for it. */
export interface Setting<T> {
  /** Without dashes: `fail-on` is `--fail-on` and `TOLLGATE_FAIL_ON`. */
  readonly flag: string;
  readonly short?: string;
  /** What follows the flag, as the help shows it; undefined for a flag that stands alone. */
  readonly placeholder?: string;
  /** May be given several times; its variable holds several values with blanks between them. */
  readonly repeatable: boolean;
  readonly description: string;
  /** What holds without flag and variable, as the help shows it; undefined where that is nothing. */
  readonly fallbackText?: string;
  readonly fallback: T;
  /** Reads what was given, at least one text; a problem is the end of a sentence: `is no date, expected …`. */
  readonly read: (texts: readonly string[]) => { readonly value: T } | { readonly problem: string };
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ValuesOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

interface Description {
  readonly short?: string;
  readonly description: string;
}

/** A flag that stands alone. */
export function toggle(flag: string, options: Description): Setting<boolean> {
  return { ...options, flag, repeatable: false, fallback: false, read: ([text = '']) => readBoolean(text) };
}

/** A text, checked and converted. */
export function value<T>(
  flag: string,
  options: Description & {
    readonly placeholder: string;
    readonly fallback: T;
    readonly fallbackText?: string;
    readonly read: (text: string) => { readonly value: T } | { readonly problem: string };
  },
): Setting<T> {
  return { ...options, flag, repeatable: false, read: (texts) => options.read(texts.at(-1) ?? '') };
}

/** One of several words. */
export function choice<const W extends string>(
  flag: string,
  options: Description & { readonly words: readonly W[]; readonly fallback: W },
): Setting<W> {
  const { words, ...rest } = options;
  return value<W>(flag, {
    ...rest,
    placeholder: words.join('|'),
    fallbackText: options.fallback,
    read: (text) => {
      const word = words.find((candidate) => candidate === text);
      return word === undefined
        ? {
            problem: `is ${JSON.stringify(text)}, expected ${listInWords(words, { last: 'or' })}${didYouMean(text, words)}`,
          }
        : { value: word };
    },
  });
}

/** Any number of texts, each checked and converted. */
export function list<T>(
  flag: string,
  options: Description & {
    readonly placeholder: string;
    readonly read: (text: string) => { readonly value: T } | { readonly problem: string };
  },
): Setting<readonly T[]> {
  return {
    ...options,
    flag,
    repeatable: true,
    fallback: [],
    read: (texts) => {
      const values: T[] = [];
      for (const text of texts) {
        const result = options.read(text);
        if ('problem' in result) return result;
        values.push(result.value);
      }
      return { value: values };
    },
  };
}

export function variableOf(setting: Setting<unknown>): string {
  return `TOLLGATE_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

export type Given<S extends Settings> =
  | { readonly values: ValuesOf<S>; readonly positionals: readonly string[] }
  | { readonly problems: readonly string[] };

/** Reads arguments and environment; a flag counts more than its variable. Everything that is wrong is told at once. */
export function readSettings<S extends Settings>(
  settings: S,
  args: readonly string[],
  environment: Environment,
): Given<S> {
  const { texts, positionals, problems } = readArguments(Object.values(settings), args);
  const values = Object.entries(settings).map(([name, setting]) => {
    const variable = variableOf(setting);
    const fromFlag = texts.get(setting.flag);
    const fromVariable = isServiceLink(environment[variable]) ? undefined : environment[variable]?.trim();
    if (!fromFlag && !fromVariable) return [name, setting.fallback] as const;
    const given = fromFlag ?? (setting.repeatable ? fromVariable?.split(/\s+/) : [fromVariable ?? '']) ?? [];
    const result = setting.read(given);
    if ('value' in result) return [name, result.value] as const;
    problems.push(`${fromFlag ? `--${setting.flag}` : variable} ${result.problem}`);
    return [name, setting.fallback] as const;
  });
  return problems.length > 0
    ? { problems }
    : { values: Object.fromEntries(values) as ValuesOf<S>, positionals };
}

/** Kubernetes puts `TOLLGATE_PORT=tcp://10.0.0.1:443` into every pod beside a Service called tollgate. */
function isServiceLink(text: string | undefined): boolean {
  return text !== undefined && /^(?:tcp|udp|sctp):\/\//.test(text);
}

interface Arguments {
  readonly texts: Map<string, string[]>;
  readonly positionals: string[];
  readonly problems: string[];
}

function readArguments(settings: readonly Setting<unknown>[], args: readonly string[]): Arguments {
  const options = Object.fromEntries(
    settings.map(({ flag, short, placeholder }) => [
      flag,
      { type: placeholder === undefined ? 'boolean' : 'string', ...(short ? { short } : {}) } as const,
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const result: Arguments = { texts: new Map(), positionals: [], problems: [] };
  for (const token of tokens) {
    if (token.kind === 'positional') result.positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const setting = settings.find(({ flag }) => flag === token.name);
    const problem = setting
      ? misuse(setting, token.rawName, token.value)
      : unknownFlag(token.rawName, settings);
    if (problem !== undefined) result.problems.push(problem);
    else if (setting) {
      const texts = result.texts.get(setting.flag) ?? [];
      result.texts.set(setting.flag, [...texts, token.value ?? 'true']);
    }
  }
  return result;
}

function misuse(setting: Setting<unknown>, rawName: string, text: string | undefined): string | undefined {
  const { placeholder } = setting;
  if (placeholder === undefined) return undefined;
  return text === undefined || /^--?[a-z]/.test(text)
    ? `${rawName} needs a value: ${rawName} ${placeholder}`
    : undefined;
}

function unknownFlag(rawName: string, settings: readonly Setting<unknown>[]): string {
  // The dashes are no letters that somebody got right.
  const name = rawName.replace(/^-+/, '');
  const near = didYouMean(
    name,
    settings.map(({ flag }) => flag),
    'flag',
  );
  return `${rawName} is no flag of this command${near}`;
}

function readBoolean(text: string): { readonly value: boolean } | { readonly problem: string } {
  if (/^(?:true|1|yes|on)$/i.test(text)) return { value: true };
  if (/^(?:false|0|no|off)$/i.test(text)) return { value: false };
  return { problem: `is ${JSON.stringify(text)}, expected true or false` };
}
