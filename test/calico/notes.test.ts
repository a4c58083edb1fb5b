import t from 'tap';
import type { Policy } from '../../src/calico/policy/policy.ts';
import { type NoteKind, noteOf } from '../../src/calico/state/notes.ts';
import { changeWorld, emptyWorld } from '../../src/calico/state/policy-world.ts';
import { globalNetworkPolicy, namespace, networkPolicy } from '../support/objects.ts';

const options = { mode: 'v3crd' } as const;
const put = (...objects: Parameters<typeof changeWorld>[1]['put'] & object) => ({ put: objects });

t.test('a note stays while what it rests on stays, for all worlds of which that is true', async (t) => {
  let made = 0;
  const counted: NoteKind<number> = {
    name: 'a count',
    restsOn: ({ namespaces }) => [namespaces],
    create: () => ++made,
  };
  const world = emptyWorld(options, [counted]);
  const withPolicy = changeWorld(world, put(networkPolicy('p', 'shop', { types: ['Ingress'] })));
  t.equal(noteOf(withPolicy, counted), 1, 'made at the first question');
  t.equal(noteOf(world, counted), 1, 'and there for the world before as well');
  const withNamespace = changeWorld(withPolicy, put(namespace('shop')));
  t.equal(noteOf(withNamespace, counted), 2);
  t.equal(noteOf(withPolicy, counted), 1);
});

t.test('a stale note is made of the last one that was asked for and all changes since', async (t) => {
  const names = (policies: Iterable<Policy>) => [...policies].map(({ name }) => name).toSorted();
  const listed: NoteKind<readonly string[]> = {
    name: 'a list of what has changed',
    restsOn: ({ index }) => [index.global],
    create: ({ index }) => ['all', ...names([...index.global.values()].flat())],
    after: (former, { come, gone }) => [...former, '+', ...names(come), '-', ...names(gone)],
  };
  const gnp = (name: string) => globalNetworkPolicy(name, { types: ['Ingress'], selector: 'all()' });
  const first = changeWorld(emptyWorld(options, [listed]), put(gnp('a')));
  t.strictSame(noteOf(first, listed), ['all', 'a']);
  const { apiVersion, kind, metadata } = gnp('a');
  const second = changeWorld(first, put(gnp('b'), gnp('c')));
  const third = changeWorld(second, {
    put: [gnp('d')],
    remove: [{ apiVersion, kind, name: metadata.name ?? '' }],
  });
  t.strictSame(noteOf(third, listed), ['all', 'a', '+', 'b', 'c', 'd', '-', 'a']);
  t.strictSame(noteOf(second, listed), ['all', 'a', '+', 'b', 'c', '-']);
});

t.test('a world says which note it has no place for', async (t) => {
  const unknown: NoteKind<number> = { name: 'a stray note', restsOn: () => [], create: () => 1 };
  t.throws(() => noteOf(emptyWorld(options, []), unknown), /"a stray note"/);
});
