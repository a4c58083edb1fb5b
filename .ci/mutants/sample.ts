import { readFileSync } from 'node:fs';

/** Some lines of a file that stand together, both ends counted from 1 and included. */
export interface Window {
  readonly file: string;
  readonly first: number;
  readonly last: number;
}

/** Long enough for most mutants of a function to lie in one window whole, which they have to. */
const windowLength = 12;

/** How many mutants come of a line of code, as far as one can say beforehand. */
const mutantsOfLine = 1.5;

/**
 * Windows of some files, chosen by a seed, until about so many mutants lie in them.
 * The same seed chooses the same windows as long as the files stay the same.
 */
export function sampleOf(files: readonly string[], mutants: number, seed: number): readonly Window[] {
  const windows = shuffled(files.flatMap(windowsOf), seed);
  let left = mutants;
  const chosen: Window[] = [];
  for (const { code, ...window } of windows) {
    if (left <= 0) break;
    chosen.push(window);
    left -= code * mutantsOfLine;
  }
  return chosen;
}

function windowsOf(file: string): readonly (Window & { readonly code: number })[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const windows: (Window & { readonly code: number })[] = [];
  for (let first = 1; first <= lines.length; first += windowLength) {
    const last = Math.min(first + windowLength - 1, lines.length);
    const code = lines.slice(first - 1, last).filter(isCode).length;
    if (code > 0) windows.push({ file, first, last, code });
  }
  return windows;
}

function isCode(line: string): boolean {
  return !/^\s*(?:$|\/\/|\/\*|\*|import\b|export type\b|\} from )/.test(line);
}

/** Fisher and Yates, with the generator mulberry32. */
function shuffled<Item extends object>(items: readonly Item[], seed: number): readonly Item[] {
  const result = [...items];
  let state = seed >>> 0;
  const below = (bound: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
  for (let index = result.length - 1; index > 0; index--) {
    const other = below(index + 1);
    const [one, two] = [result[index], result[other]];
    if (one && two) [result[index], result[other]] = [two, one];
  }
  return result;
}
