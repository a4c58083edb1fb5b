import t from 'tap';
import { shownCount, type AuditFinding } from '../../src/engine/audit-findings.ts';
import { createPodAudit, type PodFindings } from '../../src/engine/pod-audit.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { deployment, globalNetworkPolicy, namespace, pod } from '../support/objects.ts';
import { injected, ofDeployment } from '../support/pods.ts';

const now = () => new Date('2026-11-30T12:00:00Z');
const required = { labels: [{ key: 'team', value: { namespaceLabel: 'team' }, required: true }] };
// Nothing here says where a control plane is.
const rules = { 'mesh/control-plane-blocked': 'off', 'policy/dns-blocked': 'off' };
const set = conventions({ ...required, rules });

const inject = { 'linkerd.io/inject': 'enabled' };
const closing = globalNetworkPolicy('closed', {
  namespaceSelector: 'has(team)',
  types: ['Ingress', 'Egress'],
});
const meshed = deployment('web', 'shop', { labels: { team: 'fishers' }, annotations: inject });
const base = [namespace('shop', { team: 'fishers' }), closing, meshed];

interface Options {
  readonly objects?: readonly KubernetesObject[];
  readonly using?: typeof set;
}

function audited(
  pods: readonly KubernetesObject[],
  { objects = base, using = set }: Options = {},
): PodFindings {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
  const audit = createPodAudit(inventory, () => using, now);
  for (const one of pods) audit.add(one);
  return audit.result();
}

const shown = ({ findings }: PodFindings): readonly AuditFinding[] =>
  [...findings.namespaces.values()].flatMap((one) => one.shown);
const inWords = (result: PodFindings) =>
  shown(result).map(({ rule, action, object, count }) => `${action} ${rule} ${object.name} ${count}`);

/** A pod of a Deployment, with what its template asks for. */
function replica(name: string, of: string, labels: object = {}, annotations: object = inject) {
  const made = ofDeployment(of);
  const metadata = {
    ...made,
    uid: name,
    labels: { ...made.labels, team: 'fishers', ...labels },
    annotations,
  };
  return pod(name, 'shop', metadata);
}

t.test('an injected pod of a workload that is fine is nothing to tell', async (t) => {
  const result = audited([injected(replica('web-1', 'web'))]);
  t.same(inWords(result), []);
  t.equal(result.pods, 1);
});

t.test('every kind of pod that came in unseen is told by name', async (t) => {
  const labels = { team: 'fishers', 'app.kubernetes.io/name': 'quiet' };
  const own = (name: string, metadata: object, spec: object = {}) =>
    pod(name, 'shop', { uid: `uid-${name}`, labels, ...metadata }, spec);
  const unmeshed = { 'linkerd.io/inject': 'disabled' };
  const cases: readonly (readonly [KubernetesObject, string])[] = [
    [own('quiet', { annotations: unmeshed }), 'deny mesh/opt-out quiet 1'],
    [own('late', { annotations: inject }), 'deny mesh/proxy-missing late 1'],
    [own('silent', {}), 'deny mesh/inject-missing silent 1'],
    [own('node', { annotations: inject }, { hostNetwork: true }), 'warn gate/host-network node 1'],
    [injected(own('bare', { annotations: inject, labels: {} })), 'deny label/required-missing bare 1'],
    [
      injected(
        own('dug', { annotations: { ...inject, 'config.linkerd.io/skip-outbound-ports': '1-65535' } }),
      ),
      'deny mesh/bypass dug 1',
    ],
  ];
  for (const [one, told] of cases) {
    const result = audited([one]);
    t.ok(inWords(result).includes(told), `${told} in ${inWords(result).join(', ')}`);
    const [finding] = shown(result);
    t.match(finding, { object: { kind: 'Pod', namespace: 'shop' }, message: /Pod "shop\// });
    t.equal(finding?.uid, one.metadata.uid);
  }
  const [finding] = shown(audited([own('quiet', { annotations: unmeshed })]));
  t.match(finding?.remedy, /; it counts once the pod has been replaced$/);
});

t.test('what its workload has as well is told of the workload', async (t) => {
  const disabled = { 'linkerd.io/inject': 'disabled' };
  const out = deployment('out', 'shop', { labels: { team: 'fishers' }, annotations: disabled });
  const nameless = deployment('nameless', 'shop', { annotations: inject });
  const cron = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'shop' },
    spec: {
      jobTemplate: {
        spec: (out['spec'] as { template: object }) && {
          template: (out['spec'] as { template: object }).template,
        },
      },
    },
  };
  const objects = [...base, out, nameless, cron];
  const job = {
    labels: { app: 'out', team: 'fishers', 'batch.kubernetes.io/job-name': 'tick-29600001' },
    annotations: disabled,
    ownerReferences: [
      { apiVersion: 'batch/v1', kind: 'Job', name: 'tick-29600001', uid: 'j', controller: true },
    ],
  };
  const bare = ofDeployment('nameless');
  const result = audited(
    [
      replica('out-1', 'out', {}, disabled),
      replica('out-2', 'out', {}, disabled),
      injected(pod('nameless-1', 'shop', { ...bare, annotations: inject })),
      pod('tick-1', 'shop', job),
    ],
    { objects },
  );
  t.same(inWords(result), []);
  t.equal(result.pods, 4);
});

t.test('the pods of one owner with the same finding are told once', async (t) => {
  const pods = ['web-1', 'web-2', 'web-3'].map((name) => replica(name, 'web'));
  const result = audited([...pods, injected(replica('web-4', 'web'))]);
  t.same(inWords(result), ['deny mesh/proxy-missing web-1 3']);
  t.match(shown(result), [{ owner: { kind: 'Deployment', namespace: 'shop', name: 'web' } }]);
  t.equal(result.findings.namespaces.get('shop')?.total, 3);
  t.same(result.findings.counts, [{ rule: 'mesh/proxy-missing', action: 'deny', count: 3 }]);
});

t.test('a pod that departs from its template answers for itself, whoever it says made it', async (t) => {
  const relabelled = injected(replica('web-1', 'web'));
  const { team: _team, ...labels } = relabelled.metadata.labels ?? {};
  const without = { ...relabelled, metadata: { ...relabelled.metadata, labels } };
  t.same(inWords(audited([without])), ['deny label/required-missing web-1 1']);
  const forged = replica('mine', 'web', {}, { 'linkerd.io/inject': 'disabled' });
  t.same(inWords(audited([forged])), ['deny mesh/opt-out mine 1']);
  const nobody = {
    ...forged,
    metadata: {
      ...forged.metadata,
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', uid: 'c', controller: true }],
    },
  };
  t.same(inWords(audited([nobody])), ['deny mesh/opt-out mine 1']);
  const onNode = { ...forged, spec: { ...(forged['spec'] as object), hostNetwork: true } };
  t.ok(inWords(audited([onNode])).includes('warn gate/host-network mine 1'));
  const mistaken = {
    ...replica('web-9', 'web'),
    metadata: { ...replica('web-9', 'web').metadata, ownerReferences: 'none' },
  };
  t.same(inWords(audited([mistaken as unknown as KubernetesObject])), ['deny mesh/proxy-missing web-9 1']);
});

t.test('replicas that differ in nothing are judged once, and one that differs is judged', async (t) => {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, base);
  let asked = 0;
  const using = () => {
    asked += 1;
    return set;
  };
  const audit = createPodAudit(inventory, using, now);
  const run = (name: string, labels: object = {}) => {
    const made = injected(replica(name, 'web', labels));
    const annotations = {
      ...made.metadata.annotations,
      'cni.projectcalico.org/podIP': `10.0.0.${name.length}`,
    };
    return {
      ...made,
      metadata: { ...made.metadata, annotations },
      spec: { ...(made['spec'] as object), nodeName: name },
      status: { phase: 'Running' },
    };
  };
  audit.add(run('web-1'));
  const once = asked;
  for (const name of ['web-22', 'web-333', 'web-4444']) audit.add(run(name));
  t.equal(asked, once);
  audit.add(run('web-5', { team: '' }));
  audit.add(run('web-6', { team: '' }));
  t.same(inWords(audit.result()), ['deny label/required-missing web-5 2']);
  t.equal(audit.result().pods, 6);
});

t.test('a stateful set of the same name and another uid is not the one that made a pod', async (t) => {
  const disabled = { 'linkerd.io/inject': 'disabled' };
  const made = deployment('db', 'shop', { labels: { team: 'fishers' }, annotations: disabled });
  const stateful = { ...made, kind: 'StatefulSet', metadata: { ...made.metadata, uid: 'new' } };
  const of = (uid: string) => ({
    labels: { app: 'db', team: 'fishers' },
    annotations: disabled,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid, controller: true }],
  });
  const result = (uid: string) =>
    inWords(audited([pod('db-0', 'shop', of(uid))], { objects: [...base, stateful] }));
  t.same(result('new'), []);
  t.same(result('old'), ['deny mesh/opt-out db-0 1']);
});

t.test('what does not run, nobody can change or nobody governs is not judged', async (t) => {
  const wrong = { labels: { team: 'fishers' }, annotations: { 'linkerd.io/inject': 'disabled' } };
  const ended = (phase: string) => ({ ...pod(`was-${phase}`, 'shop', wrong), status: { phase } });
  const mirror = { 'kubernetes.io/config.mirror': 'hash' };
  const leaving = { ...namespace('leaving', { team: 'fishers' }), status: { phase: 'Terminating' } };
  const result = audited(
    [
      ended('Succeeded'),
      ended('Failed'),
      pod('going', 'shop', { ...wrong, deletionTimestamp: '2026-11-30T11:59:00Z' }),
      pod('static', 'shop', { ...wrong, annotations: { ...wrong.annotations, ...mirror } }),
      pod('dns', 'kube-system', wrong),
      pod('left', 'leaving', wrong),
      pod('nowhere', 'unknown', wrong),
    ],
    { objects: [...base, namespace('kube-system'), leaving] },
  );
  t.same(inWords(result), []);
  t.equal(result.pods, 0);
  t.same(inWords(audited([ended('Running')])), ['deny mesh/opt-out was-Running 1']);
});

t.test('pods of a held namespace that is open are told, and waived findings are counted', async (t) => {
  const waiver = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'quiet' },
    spec: {
      rules: ['mesh/opt-out'],
      match: { namespaces: ['shop'], kinds: ['Pod'], names: ['quiet'] },
      owner: 'team-shop',
      reason: 'meshed next quarter',
      until: '2026-12-31',
    },
  };
  const using = conventions({ defaultDeny: { onMissing: 'hold' }, rules }, waiver);
  const quiet = pod('quiet', 'shop', {
    labels: { 'app.kubernetes.io/name': 'quiet' },
    annotations: { 'linkerd.io/inject': 'disabled' },
  });
  const result = audited([quiet], { objects: [namespace('shop')], using });
  t.same(inWords(result), ['deny gate/held quiet 1', 'waived mesh/opt-out quiet 1']);
  t.match(result.waived.get('quiet'), { findings: 1, objects: 1, namespaces: new Set(['shop']) });
  t.equal(result.waived.size, 1);
  t.equal(shown(result)[1]?.waiver?.owner, 'team-shop');
});

t.test('a namespace with many findings says how many are shown', async (t) => {
  const pods = Array.from({ length: 312 }, (_, index) =>
    pod(`quiet-${index}`, 'shop', {
      labels: { team: 'fishers' },
      annotations: { 'linkerd.io/inject': 'disabled' },
    }),
  );
  const found = audited(pods).findings.namespaces.get('shop');
  t.equal(found?.total, 312);
  t.equal(found && shownCount(found), 100);
});
