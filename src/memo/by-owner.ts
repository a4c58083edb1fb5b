import { answerOf, kept, type Kept } from './answer.ts';
import { createMemory, type Memory, type MemoryOptions } from './memory.ts';
import { named } from './named.ts';
import type { KeyedOptions } from './remember.ts';

/**
 * Answers one question about each owner once. An answer goes when its owner goes, and nothing makes it stale: owners
 * are immutable, and the answer may depend on the owner alone.
 *
 * @example
 * const listed = rememberByOwner({ name: 'opaque ports of an installation' }, ({ opaquePorts }: Profile) =>
 *   new Set(opaquePorts.split(',')));
 */
export function rememberByOwner<Owner extends object, Answer>(
  { name }: Pick<MemoryOptions, 'name'>,
  workOut: (owner: Owner) => Answer,
): (owner: Owner) => Answer {
  const known = new WeakMap<Owner, Kept<Answer>>();
  return named(name, (owner) => {
    const found = known.get(owner);
    if (found !== undefined) return answerOf(found);
    const answer = workOut(owner);
    known.set(owner, kept(answer));
    return answer;
  });
}

/**
 * Answers many questions about each owner, each once, as long as its answer is kept. The bound is that of one owner;
 * all its answers go when the owner goes, and may depend on the owner and the question alone.
 *
 * @example
 * const effectOf = rememberQuestionsByOwner(
 *   { name: 'effects', bound: { entries: 1000 }, key: ({ key, value }: Annotation) => `${key.length}:${key}${value}` },
 *   (installation: Installation, annotation: Annotation) => effectIn(installation, annotation));
 */
export function rememberQuestionsByOwner<Owner extends object, Question, Answer>(
  { key, ...options }: KeyedOptions<Question>,
  workOut: (owner: Owner, question: Question) => Answer,
): (owner: Owner, question: Question) => Answer {
  const memoryOf = rememberByOwner<Owner, Memory<string | number, Kept<Answer>>>(options, () =>
    createMemory(options),
  );
  return named(options.name, (owner, question) => {
    const known = memoryOf(owner);
    const asked = key(question);
    const found = known.get(asked);
    if (found !== undefined) return answerOf(found);
    const answer = workOut(owner, question);
    known.set(asked, kept(answer));
    return answer;
  });
}
