/** Answers that are remembered by their question; only so many of them, and none to a question of great length. */
export interface Answers<Answer> {
  readonly get: (question: string) => Answer | undefined;
  readonly set: (question: string, answer: Answer) => void;
}

/** When there are more, all are forgotten. More would cost memory and seldom help: an audit asks about each pod once. */
const maximumQuestions = 1_000;
/** Characters; longer ones come of labels that nobody writes by hand. */
const longestQuestion = 2000;

export function createAnswers<Answer>(): Answers<Answer> {
  const known = new Map<string, Answer>();
  return {
    get: (question) => known.get(question),
    set: (question, answer) => {
      if (question.length > longestQuestion) return;
      if (known.size >= maximumQuestions) known.clear();
      known.set(question, answer);
    },
  };
}
