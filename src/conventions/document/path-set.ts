import type { Path } from './fault.ts';

/** Places of a document, by which others are told to lie in them or around them at the cost of their depth alone. */
export interface PathSet {
  readonly add: (path: Path) => void;
  /** Whether a place is one of these, or lies in one of them. The document as a whole is none of these places. */
  readonly hasAround: (path: Path) => boolean;
  /** Whether one of these is a place or lies in it. */
  readonly hasWithin: (path: Path) => boolean;
}

/** Creates a set of places. */
export function createPathSet(paths: Iterable<Path> = []): PathSet {
  const own = new Set<string>();
  const around = new Set<string>();
  const add = (path: Path) => {
    const beginnings = beginningsOf(path);
    own.add(beginnings.at(-1) ?? '');
    for (const beginning of beginnings) around.add(beginning);
  };
  for (const path of paths) add(path);
  return {
    add,
    hasAround: (path) => beginningsOf(path).some((beginning) => beginning !== '' && own.has(beginning)),
    hasWithin: (path) => around.has(beginningsOf(path).at(-1) ?? ''),
  };
}

/** The path of everything around a place and of the place itself, the document first. */
function beginningsOf(path: Path): readonly string[] {
  const beginnings = [''];
  for (const part of path) beginnings.push(`${beginnings.at(-1) ?? ''}/${JSON.stringify(part)}`);
  return beginnings;
}
