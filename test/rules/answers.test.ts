import t from 'tap';
import { createAnswers } from '../../src/memo/answers.ts';

t.test('answers are remembered, but neither without an end nor of any length', async (t) => {
  const answers = createAnswers<number>();
  answers.set('short', 1);
  t.equal(answers.get('short'), 1);
  answers.set('x'.repeat(2001), 2);
  t.equal(answers.get('x'.repeat(2001)), undefined);
  for (let question = 0; question < 10_000; question++) answers.set(String(question), question);
  t.equal(answers.get('short'), undefined, 'when there are too many, all are forgotten');
  t.equal(answers.get('9999'), 9999);
});
