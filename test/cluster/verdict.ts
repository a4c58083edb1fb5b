import type { Test } from 'tap';
import type { CommandResult } from './kubectl.ts';

/** Asserts that a command did what it was asked to, without a word of warning. */
export function accepted(t: Test, { code, stderr }: CommandResult, why = 'accepted'): void {
  t.same({ code, stderr }, { code: 0, stderr: '' }, why);
}

/** Asserts that a command was refused, and that its error has these words. */
export function refused(t: Test, { code, stderr }: CommandResult, ...words: readonly string[]): void {
  t.equal(code, 1);
  for (const text of words) t.match(stderr, text);
}

/** Asserts that a command did what it was asked to, and that its warnings begin with these words, one each. */
export function warned(t: Test, { code, stderr }: CommandResult, ...words: readonly string[]): void {
  t.equal(code, 0);
  const lines = stderr.trimEnd().split('\n');
  t.equal(lines.length, words.length, stderr);
  for (const [index, text] of words.entries()) t.ok(lines[index]?.startsWith(`Warning: ${text}`), text);
}
