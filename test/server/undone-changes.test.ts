import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import type { PatchOperation } from '../../src/admission/patch.ts';
import { createNamespaceEvents } from '../../src/application/serve/audit/namespace-events.ts';
import type { Occurrence } from '../../src/cluster/event-writer.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { referenceOf, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import type { ReviewRecord } from '../../src/server/review/review-record.ts';
import { createReviewer } from '../../src/server/review/reviewer.ts';
import { createUndoneChanges } from '../../src/server/review/undone-changes.ts';
import { conventions } from '../support/conventions.ts';
import { deployment, globalNetworkPolicy, namespace, pod } from '../support/objects.ts';
import { review, startServer } from '../support/webhook-server.ts';

const minute = 60_000;
const operator = 'system:serviceaccount:operators:operator';
const warning = { 'mesh/inject-missing': 'warn', 'mesh/proxy-missing': 'warn' };

interface Outcome {
  readonly allowed: boolean;
  readonly patched: boolean;
  readonly warnings: readonly string[];
}

/** An API server that asks a replica over HTTPS, stores what is admitted, and is followed by the replica. */
async function createCluster(t: Test, rules: object = warning) {
  let now = Date.parse('2026-11-21T12:00:00Z');
  const store = createInventoryStore({ mode: 'v3crd' }, [
    namespace('shop'),
    globalNetworkPolicy('closed', { types: ['Ingress', 'Egress'] }),
  ]);
  const undone = createUndoneChanges({ inventory: store.inventory, now: () => now });
  const set = conventions({ labels: [], rules });
  const told: Occurrence[] = [];
  const events = createNamespaceEvents(
    (occurrence) => told.push(occurrence) > 0,
    store.inventory,
    () => now,
  );
  const seen: ReviewRecord[] = [];
  const { send } = await startServer(t, {
    reviewer: createReviewer({
      inventory: store.inventory,
      conventions: () => set,
      clock: () => new Date(now),
      stage: 'enforce',
      undone,
    }),
    observers: [events.observe, (record) => void seen.push(record)],
  });
  const stored = new Map<string, KubernetesObject>();
  const keyOf = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata.name}`;

  const ask = async (path: string, object: KubernetesObject, more: object) => {
    const group = object.apiVersion.includes('/') ? object.apiVersion.split('/')[0] : '';
    const kind = { group, version: 'v1', kind: object.kind };
    const body = review({ kind, namespace: 'shop', object, ...more });
    const { response } = JSON.parse((await send(path, { body })).text) as {
      response: { allowed: boolean; patch?: string; warnings?: readonly string[] };
    };
    return response;
  };
  const write = async (object: KubernetesObject, user = operator, dryRun = false): Promise<Outcome> => {
    const oldObject = stored.get(keyOf(object));
    const more = {
      operation: oldObject ? 'UPDATE' : 'CREATE',
      userInfo: { username: user, groups: [] },
      dryRun,
      ...(oldObject ? { oldObject } : {}),
    };
    const mutated = await ask('/mutate', object, more);
    const patch = mutated.patch ? (JSON.parse(atob(mutated.patch)) as PatchOperation[]) : [];
    const patched = applyPatch(object, patch);
    const { allowed, warnings = [] } = await ask('/validate', patched, more);
    if (allowed && !dryRun) {
      stored.set(keyOf(object), patched);
      store.apply({ put: [patched] });
    }
    return { allowed, patched: patch.length > 0, warnings: [...(mutated.warnings ?? []), ...warnings] };
  };
  const remove = (object: KubernetesObject) => {
    stored.delete(keyOf(object));
    for (const gone of store.apply({ remove: [referenceOf(object)] })) undone.forget(gone);
  };
  return {
    write,
    remove,
    get: (object: KubernetesObject) => stored.get(keyOf(object)),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    told,
    seen,
  };
}

const annotationsOf = (object: KubernetesObject | undefined) => object && podTemplateOf(object)?.annotations;
const own: KubernetesObject = { ...deployment('ledger', 'shop'), kind: 'StatefulSet' };

/**
 * As postgres-operator does: a StatefulSet whose template has other annotations than the operator's is deleted with
 * orphans and created. Source: pkg/cluster/cluster.go (compareStatefulSetWith), pkg/cluster/resources.go (replaceStatefulSet).
 */
function createReplacing(cluster: Awaited<ReturnType<typeof createCluster>>, wanted = own, user = operator) {
  let rollouts = 0;
  return {
    rollouts: () => rollouts,
    sync: async (): Promise<Outcome | undefined> => {
      const current = cluster.get(wanted);
      if (isDeepStrictEqual(annotationsOf(current), annotationsOf(wanted))) return undefined;
      if (current) {
        rollouts += 1;
        cluster.remove(wanted);
        cluster.pass(5_000);
      }
      return cluster.write(wanted, user);
    },
  };
}

t.test('an operator that deletes and creates at every half hour comes to rest', async (t) => {
  const cluster = await createCluster(t);
  const zalando = createReplacing(cluster);
  const outcomes: (Outcome | undefined)[] = [];
  for (let round = 0; round < 10; round++) {
    outcomes.push(await zalando.sync());
    cluster.pass(30 * minute);
  }
  t.same(
    outcomes.map((outcome) => outcome?.patched),
    [true, true, true, false, ...Array.from({ length: 6 }, () => undefined)],
    'three times it is undone, then nothing is added',
  );
  t.equal(zalando.rollouts(), 3, 'no roll-out after that');
  t.match(
    outcomes[3]?.warnings[0],
    /^tollgate adds nothing \(mesh\/inject-missing\): taken away 3 times by /,
  );
  t.match(cluster.told, [
    { reason: 'PatchWithheld', namespace: 'shop', regarding: { kind: 'StatefulSet', name: 'ledger' } },
  ]);
  t.match(cluster.told[0]?.note, operator);
  t.same(
    cluster.seen.map(({ decision }) => decision?.withheld?.writer).filter((writer) => writer !== undefined),
    [operator],
  );
});

t.test('one that writes its template back in place is patched for ever, and nothing rolls out', async (t) => {
  const cluster = await createCluster(t, {});
  await cluster.write(own);
  const first = cluster.get(own);
  for (let round = 0; round < 8; round++) {
    t.match(await cluster.write(own), { allowed: true, patched: true });
    t.same(cluster.get(own), first, 'nothing has changed');
    cluster.pass(minute);
  }
});

t.test(
  'what the convention refuses stays refused, so nobody gets out of the mesh by insisting',
  async (t) => {
    const cluster = await createCluster(t, {});
    const insisting = createReplacing(cluster, own, 'system:serviceaccount:shop:insisting');
    for (let round = 0; round < 3; round++) t.ok((await insisting.sync())?.patched);
    t.match(await insisting.sync(), { allowed: false, patched: false });
  },
);

t.test('an operator that notes what it made, and compares that, is left as it is', async (t) => {
  // Source: cloudnative-pg internal/controller/cluster_upgrade.go, checkPodSpecIsOutdated.
  const cluster = await createCluster(t);
  const instance = pod('ledger-1', 'shop', { annotations: { 'cnpg.io/podSpec': '{"containers":1}' } });
  for (let round = 0; round < 6; round++) {
    const outcome = await cluster.write(instance);
    t.ok(outcome.patched, 'each pod of a fail-over gets its annotation');
    t.equal(
      cluster.get(instance)?.metadata.annotations?.['cnpg.io/podSpec'],
      instance.metadata.annotations?.['cnpg.io/podSpec'],
      'the note is as it was, so the operator leaves the pod alone',
    );
    cluster.remove(instance);
    cluster.pass(minute);
  }
});

/** Whether each of six times is patched that the object is made, while something happens in between. */
async function isPatchedAlways(
  t: Test,
  pause: { readonly beforeRemoval?: number; readonly afterRemoval?: number },
  user = (_round: number) => operator,
): Promise<boolean> {
  const cluster = await createCluster(t);
  const patched: boolean[] = [];
  for (let round = 0; round < 6; round++) {
    patched.push((await cluster.write(own, user(round))).patched);
    cluster.pass(pause.beforeRemoval ?? 0);
    cluster.remove(own);
    cluster.pass(pause.afterRemoval ?? 0);
  }
  return patched.every(Boolean);
}

t.test('what is no fight is patched every time', async (t) => {
  t.notOk(await isPatchedAlways(t, { afterRemoval: 5_000 }), 'at once, it is one');
  t.ok(
    await isPatchedAlways(t, { afterRemoval: 5 * minute }),
    'tests that make it, delete it, make it later',
  );
  t.ok(
    await isPatchedAlways(t, { beforeRemoval: 40 * minute }),
    'less often than three times within an hour',
  );
  t.ok(
    await isPatchedAlways(t, { afterRemoval: 5_000 }, (round) => `system:serviceaccount:ns-${round}:writer`),
    'of several writers',
  );
  t.ok(await isPatchedAlways(t, { afterRemoval: 100 }), 'several reviews of one request');
  t.ok(await isPatchedAlways(t, { afterRemoval: 5_000 }, () => 'jane'), 'of a person, who develops');
  const rehearsed = await createCluster(t);
  await rehearsed.write(own);
  rehearsed.remove(own);
  for (let round = 0; round < 6; round++) {
    rehearsed.pass(5_000);
    t.ok((await rehearsed.write(own, operator, true)).patched, 'dry runs');
  }
});

t.test('a day later it is tried again', async (t) => {
  const cluster = await createCluster(t);
  const zalando = createReplacing(cluster);
  for (let round = 0; round < 4; round++) {
    await zalando.sync();
    cluster.pass(minute);
  }
  cluster.remove(own);
  t.notOk((await cluster.write(own)).patched, 'the same day');
  cluster.remove(own);
  cluster.pass(24 * 60 * minute);
  t.ok((await cluster.write(own)).patched, 'the next day');
});
