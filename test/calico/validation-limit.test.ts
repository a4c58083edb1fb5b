import t from 'tap';
import { checkPolicy } from '../../src/calico/index.ts';
import { networkPolicy } from '../support/objects.ts';

const policy = (ingress: readonly object[]) => networkPolicy('web', 'shop', { types: ['Ingress'], ingress });

t.test('of each sort of problem so many are taken down', async (t) => {
  const nets = Array.from({ length: 5_000 }, (_, index) => `no-net-${index}`);
  const { problems } = checkPolicy(policy([{ action: 'Allow', source: { nets } }]));
  const words = problems.filter(({ message }) => message.includes('no-net-'));
  t.equal(words.length, 200);
});

t.test('any number of unknown fields hides no problem behind them', async (t) => {
  const unknown = Array.from({ length: 300 }, (_, index) => ({ action: 'Allow', [`field${index}`]: 1 }));
  const { problems, unknownFields } = checkPolicy(policy([...unknown, { action: 'Permit' }]));
  t.equal(unknownFields.length, 200);
  t.match(problems, [{ pointer: '/spec/ingress/300/action' }]);
});
