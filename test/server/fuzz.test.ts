import t from 'tap';
import { defaultConventions } from '../../src/conventions/default-conventions.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { createReviewer } from '../../src/server/review/reviewer.ts';
import { createFuzzingClient } from '../support/fuzzing-client.ts';
import { fuzzedRequest, recordedReviews } from '../support/fuzzed-requests.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';
import { authority, review, startServer } from '../support/webhook-server.ts';

/** Of the million requests of `bench/fuzz.ts` the first ones, and those that were answered wrongly once. */
const first = 2000;
const failedOnce: readonly number[] = [10_999, 17_560, 70_069];

t.test('whatever is sent, the answer is a 4xx or a review that can be read', async (t) => {
  const closing = globalNetworkPolicy('closed', {
    namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
    types: ['Ingress', 'Egress'],
  });
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('shop'), closing]);
  const conventions = defaultConventions();
  const reviewer = createReviewer({
    inventory,
    conventions: () => conventions,
    clock: () => new Date('2026-11-21T12:00:00Z'),
    stage: 'enforce',
  });
  const { port, send, lines } = await startServer(t, { reviewer });
  const client = createFuzzingClient(port, authority.certificate, 8);
  t.teardown(client.close);
  const reviews = recordedReviews();
  const problems: string[] = [];
  const kinds = new Set<string>();
  const seeds = [...Array.from({ length: first }, (_, index) => index), ...failedOnce].values();
  const worker = async () => {
    for (const seed of seeds) {
      const fuzzed = fuzzedRequest(reviews, seed);
      const { kind, problem } = await client.send(fuzzed);
      kinds.add(kind);
      if (problem !== undefined) problems.push(`${seed} (${fuzzed.made}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  t.same(problems, []);
  t.same(
    ['200 allowed', '200 denied', '400', '404', '415', '431', 'cut'].filter((kind) => !kinds.has(kind)),
    [],
    'every kind of answer was among them',
  );
  t.same(
    lines().filter(({ msg }) => msg === 'a request failed'),
    [],
    'nothing broke',
  );
  t.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  t.equal((await send('/validate', { body: review() })).status, 200);
});
