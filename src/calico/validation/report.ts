import { pathOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import type { PolicyProblem } from '../policy/problem.ts';
import { cut } from '../../text/cut.ts';

/** Takes down one problem. */
export type Report = (problem: PolicyProblem) => void;

/** Looks at a value that is present (not null) and reports what is wrong about it. */
export type Check = (value: unknown, pointer: JsonPointer, report: Report) => void;

/** How many problems of one sort are taken down; an object may have as many as it has fields. */
export const mostProblems = 200;

/** A check with its report: the problems of one value, which is at `pointer` of its object, so many of each sort. */
export function problemsOf(
  check: Check,
  value: unknown,
  pointer: JsonPointer = '',
): readonly PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  const counts = new Map<PolicyProblem['code'], number>();
  check(value, pointer, (problem) => {
    const count = counts.get(problem.code) ?? 0;
    counts.set(problem.code, count + 1);
    if (count < mostProblems) problems.push(problem);
  });
  return problems;
}

/** What is wrong about a value of another type than the field has. */
export function wrongType(value: unknown, pointer: JsonPointer, expected: string): PolicyProblem {
  return { pointer, code: 'wrong-type', message: `${fieldAt(pointer)} is ${shown(value)}`, expected };
}

/** A field as a message names it: the last key of a pointer with the indexes behind it, `ports[2]`. */
export function fieldAt(pointer: JsonPointer): string {
  const path = pathOf(pointer);
  const last = path.findLastIndex((key) => !/^\d+$/.test(key));
  const indexes = path.slice(last + 1).map((index) => `[${index}]`);
  return `${path[last] ?? 'it'}${indexes.join('')}`;
}

/** A value as a message shows it: JSON, cut where it is long or deep. */
export function shown(value: unknown): string {
  const text = printed(value, 3);
  return cut(text, 80);
}

function printed(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, 100, { mark: '' }));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) {
    return `[${value
      .slice(0, 20)
      .map((item) => printed(item, depth - 1))
      .join(', ')}]`;
  }
  const entries = Object.entries(value).slice(0, 20);
  return `{${entries.map(([key, item]) => `${JSON.stringify(cut(key, 100, { mark: '' }))}: ${printed(item, depth - 1)}`).join(', ')}}`;
}
