import { normalize } from 'node:path';
import { TollgateError } from '../errors.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** Something to be written: its format, and the file where it does not go to standard output. */
export interface OutputTarget<Format extends string> {
  readonly format: Format;
  readonly file?: string;
}

/** Reads `FORMAT[=FILE]`. */
export function readTarget<Format extends string>(
  names: readonly Format[],
): (text: string) => { readonly value: OutputTarget<Format> } | { readonly problem: string } {
  return (text) => {
    const [name = '', ...rest] = text.split('=');
    const format = names.find((candidate) => candidate === name);
    if (!format) {
      const known = `expected one of ${names.join(', ')}${didYouMean(name, names)}`;
      return { problem: `has the format ${JSON.stringify(name)}, ${known}` };
    }
    const file = rest.join('=');
    if (rest.length > 0 && file === '') return { problem: `names no file after ${format}=` };
    return { value: file === '' ? { format } : { format, file } };
  };
}

/** The targets as given, else the usual one; two documents on standard output would be one unreadable one. */
export function targetsFor<Format extends string>(
  given: readonly OutputTarget<Format>[],
  usual: Format,
  command: string,
): readonly OutputTarget<Format>[] {
  const printed = given.filter(({ file }) => file === undefined);
  if (printed.length > 1) {
    const names = printed.map(({ format }) => format).join(' and ');
    const problems = `${names} cannot both go to standard output: give one of them a file, -o ${printed[1]?.format ?? ''}=FILE`;
    throw new TollgateError('ERR_USAGE', { problems, command });
  }
  const files = given.flatMap(({ file }) => (file === undefined ? [] : [normalize(file)]));
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) {
    const problems = `two formats are to go to the file ${twice}: give each of them a file of its own`;
    throw new TollgateError('ERR_USAGE', { problems, command });
  }
  return given.length > 0 ? given : [{ format: usual }];
}
