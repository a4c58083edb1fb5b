import { relative } from 'node:path';

/** A path as the user would write it: relative to the working directory where it lies below it. */
export function shownName(path: string, folder: string): string {
  const name = relative(folder, path);
  return name.startsWith('..') ? path : name;
}
