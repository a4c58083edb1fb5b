import t from 'tap';
import {
  asIfDone,
  pendingOf,
  printPending,
  withPending,
  type PendingChange,
} from '../../src/admission/pending.ts';
import type { Subject } from '../../src/facts/subject.ts';

const policy = (spec: object) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'shop', uid: 'u-1', resourceVersion: '1' },
  spec,
});
const narrowed = policy({ selector: "app == 'web'", types: ['Ingress'] });
const covering = policy({ selector: 'all()', types: ['Ingress'] });
const change = (operation: Subject['operation'], object: Subject['object'], id: string): PendingChange =>
  pendingOf({ operation, object, oldObject: covering, user: { username: 'ada', groups: [] } }, id, 0);

t.test('of two changes of one object either may fail, so nobody knows what they leave', async (t) => {
  t.equal(asIfDone([change('UPDATE', narrowed, 'a'), change('UPDATE', covering, 'b')]), undefined);
  t.equal(asIfDone([change('UPDATE', narrowed, 'a'), change('DELETE', covering, 'b')]), undefined);
  t.same(asIfDone([change('DELETE', covering, 'a'), change('DELETE', covering, 'b')])?.remove?.length, 1);
  t.same(asIfDone([change('UPDATE', narrowed, 'a')])?.put?.length, 1);
});

t.test('an object of tens of kilobytes is told to the others, a larger one is not', async (t) => {
  const ofSize = (bytes: number) =>
    policy({ selector: 'all()', types: ['Ingress'], note: 'x'.repeat(bytes) });
  t.ok(asIfDone([change('UPDATE', ofSize(40 * 1024), 'a')]));
  t.equal(asIfDone([change('UPDATE', ofSize(50 * 1024), 'a')]), undefined);
});

t.test('all of them together fit into the annotations of an object', async (t) => {
  let pending: readonly PendingChange[] | undefined = [];
  let count = 0;
  while (pending && count < 100) {
    const object = { ...covering, metadata: { ...covering.metadata, name: `p-${count}` } };
    const large = { ...object, spec: { ...object.spec, note: 'x'.repeat(30 * 1024) } };
    t.ok(Buffer.byteLength(printPending(pending)) <= 200 * 1024);
    pending = withPending(pending, change('UPDATE', large, String(count)));
    count += 1;
  }
  t.equal(pending, undefined, 'then no more are taken');
  t.ok(count > 5, `${count} were tried`);
});
