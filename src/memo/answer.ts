/** An answer as memories keep it: they say undefined where they know none, so an answer that is undefined has a stand-in. */
export type Kept<Answer> = Exclude<Answer, undefined> | typeof nothing;

const nothing = Symbol('nothing');

export function kept<Answer>(answer: Answer): Kept<Answer> {
  return answer === undefined ? nothing : (answer as Exclude<Answer, undefined>);
}

export function answerOf<Answer>(found: Kept<Answer>): Answer {
  return (found === nothing ? undefined : found) as Answer;
}
