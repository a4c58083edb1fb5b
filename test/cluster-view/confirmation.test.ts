import t from 'tap';
import { createConfirmation } from '../../src/cluster/confirmation.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';

const request = (kind: string, operation: AdmissionRequest['operation'] = 'CREATE'): AdmissionRequest => ({
  uid: 'u',
  kind: { group: '', version: 'v1', kind },
  operation,
  user: { username: 'ada', groups: [] },
  dryRun: false,
});

/** A view whose reads end when the test says so. */
function slowView(synced = true) {
  const reads: { readonly resources: readonly string[]; readonly end: () => void }[] = [];
  const refresh = (resources: readonly string[]) =>
    new Promise<void>((end) => {
      reads.push({ resources, end });
    });
  return { reads, view: { synced: () => synced, refresh } };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('equal questions share one read, and later ones wait for the next', async (t) => {
  const { reads, view } = slowView();
  const shared: number[] = [];
  const confirm = createConfirmation({ view, spacing: 0, onRead: (reviews) => void shared.push(reviews) });
  const first = confirm(request('Namespace'));
  await turn();
  t.equal(reads.length, 1);
  const later = [confirm(request('Namespace')), confirm(request('Namespace')), confirm(request('Namespace'))];
  await turn();
  t.equal(reads.length, 1, 'a read that has begun may be older than the question');
  reads[0]?.end();
  t.same(await first, { fresh: true });
  while (reads.length < 2) await turn();
  reads[1]?.end();
  t.same(await Promise.all(later), [{ fresh: true }, { fresh: true }, { fresh: true }]);
  t.equal(reads.length, 2, 'three questions, one read');
  t.same(shared, [1, 3]);
});

t.test(
  'a new namespace asks for what is cluster-wide, anything else for the policies of namespaces as well',
  async (t) => {
    const { reads, view } = slowView();
    const confirm = createConfirmation({ view, spacing: 0 });
    const both = [confirm(request('Namespace')), confirm(request('Deployment'))];
    await turn();
    for (const { end } of reads) end();
    await Promise.all(both);
    t.ok(reads[0]?.resources.includes('globalnetworkpolicies.projectcalico.org'));
    t.notOk(reads[0]?.resources.includes('networkpolicies.networking.k8s.io'));
    t.ok(reads[1]?.resources.includes('networkpolicies.networking.k8s.io'));
  },
);

t.test('where no fresh answer can be had, it says why', async (t) => {
  const silent = createConfirmation({ view: slowView().view, deadline: 20 });
  t.same(await silent(request('Namespace')), {
    fresh: false,
    why: 'the API server did not answer within 0.02 s',
  });
  const unread = createConfirmation({ view: slowView(false).view });
  t.same(await unread(request('Namespace')), {
    fresh: false,
    why: 'the cluster has not been read as a whole yet',
  });
});
