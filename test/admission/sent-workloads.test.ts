import t from 'tap';
import { answerValidate } from '../../src/admission/review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { runCheck } from '../support/check-command.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';

const now = new Date('2026-11-21T12:00:00Z');
const { inventory } = createInventoryStore({ mode: 'v3crd' }, [
  namespace('shop'),
  globalNetworkPolicy('closed', { types: ['Ingress', 'Egress'] }),
]);
const path = '/spec/ships/*/podTemplate';
const fleet = (inject: string): KubernetesObject => ({
  apiVersion: 'example.com/v2',
  kind: 'Fleet',
  metadata: { name: 'north', namespace: 'shop' },
  spec: { ships: [{ podTemplate: { metadata: { annotations: { 'linkerd.io/inject': inject } } } }] },
});
const rollout = (annotations: object): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    template: {
      metadata: { annotations, labels: { app: 'web', 'app.kubernetes.io/name': 'web' } },
      spec: { containers: [{ name: 'web', image: 'example/web:1' }] },
    },
  },
});
const workload = { group: 'example.com', kind: 'Fleet', path };
const sentRollout = { group: 'argoproj.io', kind: 'Rollout', path: '/spec/template', sent: true };

const answer = (object: KubernetesObject, workloads: readonly object[], oldObject?: KubernetesObject) =>
  answerValidate(
    {
      uid: '1',
      kind: { group: object.apiVersion.split('/')[0] ?? '', version: 'v1', kind: object.kind },
      operation: oldObject ? 'UPDATE' : 'CREATE',
      namespace: 'shop',
      dryRun: false,
      user: { username: 'jane', groups: [] },
      object,
      ...(oldObject ? { oldObject } : {}),
    },
    inventory,
    conventions({ workloads }),
    now,
  );

t.test('a custom resource that somebody sends is judged as its kind is known', async (t) => {
  const refused = answer(fleet('disabled'), [workload]);
  t.notOk(refused.allowed);
  t.match(
    refused.status?.message,
    /^mesh\/opt-out: .*\/spec\/ships\/0\/podTemplate\/metadata\/annotations says/,
  );
  t.same(answer(fleet('enabled'), [workload]).warnings, [], 'a right one passes without a word');
  t.ok(answer(fleet('disabled'), [workload], fleet('disabled')).allowed, 'one that was so before may change');
  t.match(
    answer({ ...fleet(''), spec: {} }, []).warnings,
    [/^tollgate judges no Fleet/],
    'a kind that nobody named, of which nothing is known',
  );
});

t.test(
  'one with a template of its own is refused for what it says, and not for what its pods will get',
  async (t) => {
    t.notOk(answer(rollout({ 'linkerd.io/inject': 'disabled' }), [sentRollout]).allowed);
    const missing = answer(rollout({}), [sentRollout]);
    t.ok(missing.allowed, 'what is made of it gets the annotation when it is made');
    t.match(missing.warnings, [/^mesh\/inject-missing: /]);
  },
);

t.test('check says what admission would do only of what a convention says is sent', async (t) => {
  const policy = (workloads: readonly object[]) =>
    JSON.stringify({
      apiVersion: 'tollgate.dev/v1alpha1',
      kind: 'ConventionPolicy',
      metadata: { name: 'own' },
      spec: { mesh: { inject: 'enabled' }, workloads },
    });
  const folder = t.testdir({
    'fleet.json': JSON.stringify(fleet('disabled')),
    'rollout.json': JSON.stringify(rollout({})),
    'unsent.json': policy([workload]),
    'sent.json': policy([{ ...workload, sent: true }, sentRollout]),
  });
  const said = async (file: string, convention: string) =>
    /admission would (\w+(?: \w+)?)/.exec(
      (await runCheck(folder, [file, '--conventions', convention, '-o', 'text'])).text,
    )?.[1];
  t.equal(await said('fleet.json', 'unsent.json'), 'say nothing');
  t.equal(await said('fleet.json', 'sent.json'), 'refuse it');
  t.equal(await said('rollout.json', 'unsent.json'), 'say nothing');
  t.equal(await said('rollout.json', 'sent.json'), 'warn', 'nothing is added to a custom resource');
});
