import t from 'tap';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import type { FreshRead } from '../../src/inventory/fresh-read.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { readAdmissionReview, type AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { createReviewer, type ConfirmationOutcome } from '../../src/server/review/reviewer.ts';
import { deployment, globalNetworkPolicy, namespace } from '../support/objects.ts';
import { review } from '../support/webhook-server.ts';

const closing = globalNetworkPolicy('closed', {
  namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
  types: ['Ingress', 'Egress'],
});
const nothing: FreshRead = { fresh: true, change: {} };

function requestOf(request: object = {}): AdmissionRequest {
  const read = readAdmissionReview(JSON.parse(review(request)));
  if ('problem' in read) throw new Error(read.problem);
  return read;
}

/** A reviewer whose direct looks show what the test says. */
function reviewerOf(shown: FreshRead, ...objects: Parameters<typeof createInventoryStore>[1] & object[]) {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
  const outcomes: ConfirmationOutcome[] = [];
  const asked: string[] = [];
  const conventions = defaultConventions();
  const reviewer = createReviewer({
    inventory,
    conventions: () => conventions,
    clock: () => new Date('2026-11-21T12:00:00Z'),
    stage: 'enforce',
    freshReads: {
      namespace: async ({ namespace: name }) => {
        asked.push(`namespace ${name}`);
        return shown;
      },
      answer: async (_request, denying) => {
        asked.push(`answer ${denying.join()}`);
        return shown;
      },
      takeAway: async (_request, emptied) => {
        asked.push(`take-away ${emptied.join()}`.trim());
        return shown;
      },
    },
    onConfirmation: (outcome) => void outcomes.push(outcome),
  });
  return { reviewer, outcomes, asked };
}

t.test('a policy that the copy does not have yet counts before a denial is sent', async (t) => {
  const { reviewer, outcomes, asked } = reviewerOf({ fresh: true, change: { put: [closing] } });
  t.equal((await reviewer.validate(requestOf())).allowed, true);
  t.same(asked, ['answer gate/default-deny-missing']);
  t.same(outcomes, ['changed']);
});

t.test('a denial that stands is confirmed, and one that cannot be confirmed says so', async (t) => {
  const confirmed = reviewerOf(nothing);
  const denied = await confirmed.reviewer.validate(requestOf());
  t.equal(denied.allowed, false);
  t.notMatch(denied.status?.message, 'note:');
  t.same(confirmed.outcomes, ['confirmed']);
  const failed = reviewerOf({ fresh: false, why: 'the API server did not answer within 1.5 s' });
  t.match(await failed.reviewer.validate(requestOf()), {
    allowed: false,
    status: {
      message:
        /\nnote: this answer could not be confirmed by a direct read: the API server did not answer within 1.5 s$/,
    },
  });
  t.same(failed.outcomes, ['failed']);
});

t.test('who is admitted waits for nothing', async (t) => {
  const { reviewer, outcomes, asked } = reviewerOf(nothing, namespace('shop'), closing);
  t.equal((await reviewer.validate(requestOf())).allowed, true);
  t.equal((await reviewer.mutate(requestOf())).allowed, true);
  t.same([asked, outcomes], [[], []]);
});

t.test(
  'a namespace that the copy does not have yet is looked for, to know which convention governs',
  async (t) => {
    const { reviewer, asked } = reviewerOf({ fresh: true, change: { put: [namespace('shop'), closing] } });
    const object = deployment('car', 'shop');
    const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
    const { patch } = await reviewer.mutate(requestOf({ kind, namespace: 'shop', name: 'car', object }));
    t.ok(patch.length > 0);
    t.same(asked, ['namespace shop']);
  },
);
