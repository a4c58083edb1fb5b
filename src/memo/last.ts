import type { MemoryOptions } from './memory.ts';
import { named } from './named.ts';

/** A memory of one answer. */
export interface LastOptions<Question> extends Pick<MemoryOptions, 'name'> {
  /** Whether two questions get the same answer; by default only where they are the same value. */
  readonly isSame?: (one: Question, other: Question) => boolean;
}

/**
 * Keeps the answer to the last question, for what is asked several times in a row. Another question makes it stale;
 * the answer may depend on the question alone.
 *
 * @example
 * const templateOf = rememberLast({ name: 'pod template of the last object' }, findTemplate);
 */
export function rememberLast<Question, Answer>(
  { name, isSame = Object.is }: LastOptions<Question>,
  workOut: (question: Question) => Answer,
): (question: Question) => Answer {
  let last: { readonly question: Question; readonly answer: Answer } | undefined;
  return named(name, (question) => {
    if (!last || !isSame(last.question, question)) last = { question, answer: workOut(question) };
    return last.answer;
  });
}
