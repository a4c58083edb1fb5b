import { answerOf, kept, type Kept } from './answer.ts';
import { createMemory, type MemoryOptions } from './memory.ts';
import { named } from './named.ts';

/** A memory of answers to questions that can be written as a key. */
export interface KeyedOptions<Question> extends MemoryOptions {
  /** Tells apart all that the answer depends on: two questions with the same key get the same answer. */
  readonly key: (question: Question) => string | number;
}

/**
 * Answers each question once, as long as its answer is kept. Nothing makes an answer stale, so it may depend on the
 * question alone.
 *
 * @example
 * const bound = { entries: 100, keyLength: 500 };
 * const parse = remember({ name: 'selectors', bound, key: (text: string) => text }, parseSelector);
 */
export function remember<Question, Answer>(
  { key, ...options }: KeyedOptions<Question>,
  workOut: (question: Question) => Answer,
): (question: Question) => Answer {
  const known = createMemory<string | number, Kept<Answer>>(options);
  return named(options.name, (question) => {
    const asked = key(question);
    const found = known.get(asked);
    if (found !== undefined) return answerOf(found);
    const answer = workOut(question);
    known.set(asked, kept(answer));
    return answer;
  });
}
