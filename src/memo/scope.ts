import type { MemoryOptions } from './memory.ts';
import { named } from './named.ts';

/** Room for the answers that one piece of work shares: one place for each question that is remembered in scopes. */
export type Scope = unknown[];

/** What a piece of work carries along, with the room for its answers. */
export interface Scoped {
  readonly answers: Scope;
}

/**
 * Answers a question once in each scope: the first one who asks has it worked out. The key is the scope alone, so all
 * askers of one scope must mean the same subject. Nothing outlives the scope. A WeakMap of contexts would: what it
 * holds of work long done is moved to the old space by each scavenge, which then takes a hundred times as long.
 *
 * @example
 * const portsOf = rememberInScope({ name: 'ports of the subject' }, (subject: Subject, context: RuleContext) => …);
 */
export function rememberInScope<Subject, Context extends Scoped, Answer>(
  { name }: Pick<MemoryOptions, 'name'>,
  workOut: (subject: Subject, context: Context) => Answer,
): (subject: Subject, context: Context) => Answer {
  const place = nothingAsked.push(unasked) - 1;
  return named(name, (subject, context) => {
    const { answers } = context;
    const known = answers[place];
    if (known !== unasked && place < answers.length) return known as Answer;
    // A question that came up after the scope was made has no place in it yet.
    while (answers.length <= place) answers.push(unasked);
    const answer = workOut(subject, context);
    answers[place] = answer;
    return answer;
  });
}

const unasked = Symbol('unasked');
/** One place for each question. */
const nothingAsked: unknown[] = [];

/** Creates the room for one piece of work. */
export function createScope(): Scope {
  return nothingAsked.slice();
}
