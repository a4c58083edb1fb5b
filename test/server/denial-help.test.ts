import t from 'tap';
import { allowed, review, startServer } from '../support/webhook-server.ts';

t.test('a denial ends with where to read on and whom to ask, and nothing else does', async (t) => {
  const denied = { ...allowed, allowed: false, status: { code: 403, reason: 'Forbidden', message: 'no' } };
  const decisions = [denied, allowed];
  const { send } = await startServer(t, {
    help: { docs: 'https://wiki.example/gate', support: '#platform on chat' },
    reviewer: {
      validate: () => decisions.shift() ?? allowed,
      mutate: () => allowed,
    },
  });
  const answers = [await send('/validate', { body: review() }), await send('/validate', { body: review() })];
  const [first, second] = answers.map(({ text }) => text);
  t.match(first, 'no\\nDocumentation: https://wiki.example/gate\\nSupport: #platform on chat');
  t.notMatch(second, 'Documentation');
});
