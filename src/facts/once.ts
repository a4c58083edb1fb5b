import type { PolicyWorld } from '../calico/index.ts';
import { createAnswers, type Answers } from '../memo/answers.ts';
import type { RuleContext, Subject } from './subject.ts';

/**
 * Lets several rules share what they all need to know of a subject: it is worked out when the first one asks. Every
 * judgement has a context of its own, so nothing outlives it. A WeakMap of contexts would: what it holds of reviews long
 * answered is moved to the old space by each scavenge, which then takes a hundred times as long.
 */
export function oncePerJudgement<Value>(
  workOut: (subject: Subject, context: RuleContext) => Value,
): (subject: Subject, context: RuleContext) => Value {
  const slot = nothingAsked.push(unasked) - 1;
  return (subject, context) => {
    const { answers } = context;
    const known = answers[slot];
    if (known !== unasked) return known as Value;
    const value = workOut(subject, context);
    answers[slot] = value;
    return value;
  };
}

const unasked = Symbol('unasked');
/** One place for each question. */
const nothingAsked: unknown[] = [];

/** Room for what a judgement remembers. */
export function noAnswers(): RuleContext['answers'] {
  return nothingAsked.slice();
}

/**
 * Lets a question about the policies of a world be answered once, for as long as the world stays as it is. The key
 * must tell apart all that the answer depends on besides the world.
 */
export function oncePerWorld<Question, Answer extends boolean | string | object>(
  keyOf: (question: Question) => string,
  workOut: (world: PolicyWorld, question: Question) => Answer,
): (world: PolicyWorld, question: Question) => Answer {
  const known = new WeakMap<PolicyWorld, Answers<Answer>>();
  return (world, question) => {
    let answers = known.get(world);
    if (!answers) known.set(world, (answers = createAnswers<Answer>()));
    const key = keyOf(question);
    const found = answers.get(key);
    if (found !== undefined) return found;
    const answer = workOut(world, question);
    answers.set(key, answer);
    return answer;
  };
}
