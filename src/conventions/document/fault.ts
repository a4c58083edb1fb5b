import { cut } from '../../text/cut.ts';

/** The keys and indexes that lead to a place in a document. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with a document, before anybody looks where in a file that is. */
export interface Fault {
  readonly path: Path;
  /** One sentence without a full stop: what was found, why it is wrong, and what to write instead. */
  readonly message: string;
  /** What is allowed, ready to be copied. */
  readonly expected?: string;
}

/** A value of a document in words, never longer than a line: `"enable"`, `the number 2.2`, `a list`, `nothing`. */
export function valueInWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${String(value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' && Object.keys(value).length === 0 ? 'an empty map' : 'a map';
}

/** Text in quotes, shortened to what a line can hold, with control characters written out. */
export function quote(text: string): string {
  return JSON.stringify(cut(text, 80, { markOnTop: true }));
}

/** Whether a path leads to a place or into what stands there. */
export function isWithin(path: Path, outer: Path): boolean {
  return outer.length <= path.length && outer.every((key, index) => key === path[index]);
}
