import t from 'tap';
import { rememberByOwner, rememberQuestionsByOwner } from '../../src/memo/by-owner.ts';
import { rememberLast } from '../../src/memo/last.ts';
import { createMemory } from '../../src/memo/memory.ts';
import { remember } from '../../src/memo/remember.ts';
import { createScope, rememberInScope } from '../../src/memo/scope.ts';

t.test(
  'a memory never holds more than its bound and forgets what was not used for the longest time',
  async (t) => {
    const memory = createMemory<number, number>({ name: 'squares', bound: { entries: 8 } });
    for (let n = 0; n < 100; n++) {
      memory.set(n, n * n);
      memory.get(0);
      const kept = Array.from({ length: 100 }, (_, key) => key).filter(
        (key) => memory.get(key) !== undefined,
      );
      t.ok(kept.length <= 8, `${kept.length} are kept after ${n + 1}`);
    }
  },
);

t.test('what is asked for again and again stays, however much comes', async (t) => {
  const memory = createMemory<number, string>({ name: 'guests', bound: { entries: 8 } });
  memory.set(-1, 'regular');
  for (let n = 0; n < 100; n++) {
    memory.set(n, 'passing');
    t.equal(memory.get(-1), 'regular');
  }
  t.equal(memory.get(3), undefined, 'the first ones are gone');
  t.equal(memory.get(99), 'passing', 'the last one is there: a full memory takes new answers');
});

t.test('a key that is too long is never kept', async (t) => {
  const memory = createMemory<string, number>({ name: 'keys', bound: { entries: 8, keyLength: 3 } });
  memory.set('abc', 1);
  memory.set('abcd', 2);
  t.equal(memory.get('abc'), 1);
  t.equal(memory.get('abcd'), undefined);
});

t.test('an answer is worked out once, one that is undefined or null too', async (t) => {
  const asked: string[] = [];
  const answer = remember({ name: 'answers', bound: { entries: 8 }, key: (text: string) => text }, (text) => {
    asked.push(text);
    return { a: undefined, b: null, c: 0 }[text];
  });
  for (const _time of [1, 2]) {
    t.equal(answer('a'), undefined);
    t.equal(answer('b'), null);
    t.equal(answer('c'), 0);
  }
  t.same(asked, ['a', 'b', 'c']);
  t.equal(answer.name, 'answers', 'the memory has its name');
});

t.test('an owner has answers of its own', async (t) => {
  const asked: string[] = [];
  const [one, other] = [{ name: 'one' }, { name: 'other' }];
  const nameOf = rememberByOwner({ name: 'names' }, ({ name }: { name: string }) => {
    asked.push(name);
    return name === 'one' ? undefined : name;
  });
  t.same([nameOf(one), nameOf(other), nameOf(one), nameOf(other)], [undefined, 'other', undefined, 'other']);
  t.same(asked, ['one', 'other']);

  asked.length = 0;
  const joined = rememberQuestionsByOwner(
    { name: 'joined', bound: { entries: 4 }, key: (question: string) => question },
    ({ name }: { name: string }, question) => {
      asked.push(`${name} ${question}`);
      return `${name} ${question}`;
    },
  );
  for (const _time of [1, 2]) {
    t.equal(joined(one, 'x'), 'one x');
    t.equal(joined(other, 'x'), 'other x');
    t.equal(joined(one, 'y'), 'one y');
  }
  t.same(asked, ['one x', 'other x', 'one y']);
});

t.test('the last answer is kept until something else is asked', async (t) => {
  let asked = 0;
  const double = rememberLast({ name: 'double' }, (n: number) => {
    asked++;
    return n * 2;
  });
  t.same([double(1), double(1), double(2), double(1)], [2, 2, 4, 2]);
  t.equal(asked, 3);
  const rounded = rememberLast(
    { name: 'rounded', isSame: (one, other) => Math.floor(one) === Math.floor(other) },
    (n: number) => n,
  );
  t.same([rounded(1.1), rounded(1.2), rounded(2)], [1.1, 1.1, 2]);
});

t.test(
  'a scope answers once, whatever the answer, and has room for questions that came after it',
  async (t) => {
    let asked = 0;
    const early = rememberInScope({ name: 'early' }, () => void asked++);
    const scope = { answers: createScope() };
    const late = rememberInScope({ name: 'late' }, (subject: string) => {
      asked++;
      return subject;
    });
    const last = rememberInScope({ name: 'last' }, () => {
      asked++;
      return 'last';
    });
    t.equal(last(undefined, scope), 'last');
    t.equal(early(undefined, scope), undefined);
    t.equal(early(undefined, scope), undefined);
    t.equal(late('subject', scope), 'subject');
    t.equal(late('another', scope), 'subject');
    t.equal(asked, 3);
    t.equal(late('another', { answers: createScope() }), 'another');
  },
);
