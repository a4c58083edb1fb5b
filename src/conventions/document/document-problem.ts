import type { JsonPointer } from '../../kubernetes/json-pointer.ts';

/** Where something stands in a file; both count from 1. */
export interface DocumentPosition {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with one document of conventions or waivers. */
export interface DocumentProblem {
  /** The file, or what else the document came from, as the user knows it. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** Which document, where it says so: `ConventionPolicy/baseline`. */
  readonly document?: string;
  readonly pointer: JsonPointer;
  /** The same place as people write it: `spec.mesh.inject`, `spec.rules["mesh/*"]`, `spec.labels[1].key`. */
  readonly path: string;
  /** One sentence without a full stop: what was found, why it is wrong, and what to write instead. */
  readonly message: string;
  /** What is allowed, ready to be copied. */
  readonly expected?: string;
}

/** One line for people: `file:line:column: path: message`, as far as these are known. */
export function problemInWords({ file, line, column, path, message }: DocumentProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** A path of keys and indexes as people write it. */
export function pathInWords(path: readonly (string | number)[]): string {
  return path.reduce<string>((words, part) => {
    if (typeof part === 'number') return `${words}[${part}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(part)) return `${words}[${JSON.stringify(part)}]`;
    return words === '' ? part : `${words}.${part}`;
  }, '');
}
