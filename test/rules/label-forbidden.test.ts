import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { findingsOf } from '../support/judged.ts';
import {
  deployment,
  globalNetworkPolicy,
  kubernetesNetworkPolicy,
  namespace,
  pod,
} from '../support/objects.ts';

const forbidden = { key: 'host', forbidden: true };
const trusting = { labels: [forbidden], defaultDeny: { trustForbiddenLabels: true } };
const set = conventions(trusting);
const shop = namespace('shop');
/** Calico's own example of protecting hosts, by a label that nodes have. */
const forHosts = globalNetworkPolicy('hosts', {
  order: 10,
  selector: 'has(host)',
  types: ['Ingress', 'Egress'],
  ingress: [{ action: 'Allow' }],
  egress: [{ action: 'Allow' }],
});
const denyAll = kubernetesNetworkPolicy('deny', 'shop', {
  podSelector: {},
  policyTypes: ['Ingress', 'Egress'],
});
const web = (labels: StringMap) => deployment('web', 'shop', { labels: { app: 'web', ...labels } });

/** The same pods on the network of their node. */
const hostSpec = ({ spec }: KubernetesObject) => {
  const { template } = spec as { template: { spec: object } };
  return { ...(spec as object), template: { ...template, spec: { ...template.spec, hostNetwork: true } } };
};

const actions = (object: KubernetesObject, judging: Parameters<typeof findingsOf>[2] = {}) =>
  findingsOf('label/forbidden', object, { among: [shop], set, ...judging }).map(({ action }) => action);

t.test('a workload, and a pod that nobody judged before, is refused with the label', async (t) => {
  t.same(actions(web({ host: 'a' })), ['deny']);
  t.same(actions(web({ host: '' }), { operation: 'CREATE' }), ['deny']);
  t.same(actions(pod('bare', 'shop', { labels: { host: 'a' } }), { operation: 'CREATE' }), ['deny']);
  t.same(actions(web({ hosts: 'a' })), []);
  t.same(actions(web({ host: 'a' }), { set: conventions({}) }), []);
});

t.test('what is taken out of a template is not what its own selector asks for', async (t) => {
  const [plain] = findingsOf('label/forbidden', web({ host: 'a' }), { among: [shop], set });
  t.same(
    plain?.fix?.map(({ pointer }) => pointer),
    ['/spec/template/metadata/labels/host'],
  );
  const own = web({ host: 'a' });
  const selecting = {
    ...own,
    spec: { ...(own.spec as object), selector: { matchLabels: { app: 'web', host: 'a' } } },
  };
  const [bound] = findingsOf('label/forbidden', selecting, { among: [shop], set });
  t.equal(bound?.fix, undefined);
});

t.test('cover rests on a label that is refused', async (t) => {
  const covered = (judging: Parameters<typeof findingsOf>[2] = {}) =>
    findingsOf('gate/default-deny-missing', shop, { among: [denyAll, forHosts], set, ...judging }).length ===
    0;
  t.ok(covered());
  t.ok(covered({ operation: 'CREATE' }));
  t.notOk(covered({ set: conventions({}) }), 'not where nobody refuses it');
  t.notOk(
    covered({ set: conventions({ labels: [forbidden] }) }),
    'nor where nobody says that all is reviewed',
  );
  const onNode = { ...web({ host: 'a' }), spec: hostSpec(web({ host: 'a' })) };
  t.ok(covered({ among: [denyAll, forHosts, onNode] }), 'a pod on its node has no policies');
  t.notOk(covered({ among: [denyAll, forHosts, web({ host: 'a' })] }), 'nor where a workload has it already');
  for (const action of ['warn', 'off', { admission: 'warn' }, { action: 'deny', since: '2027-01-01' }]) {
    const lax = conventions({ ...trusting, rules: { 'label/forbidden': action } });
    t.notOk(covered({ set: lax }), `nor where the rule says ${JSON.stringify(action)}`);
  }
  const lax = conventions({ ...trusting, rules: { 'label/*': 'warn' } });
  t.notOk(covered({ set: lax }), 'nor where its group does');
  const strict = conventions({
    ...trusting,
    rules: { 'label/*': 'warn', 'label/forbidden': { admission: 'deny', ci: 'warn' } },
  });
  t.ok(covered({ set: strict }));
});

t.test('nothing waives the rule that cover rests on', async (t) => {
  const waiver = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'Waiver',
    metadata: { name: 'hosts' },
    spec: {
      rules: ['label/forbidden'],
      match: { namespaces: ['shop'] },
      owner: 'team',
      reason: 'an agent of the nodes',
      until: '2026-12-31',
    },
  };
  const [found] = findingsOf('label/forbidden', web({ host: 'a' }), {
    among: [shop],
    set: conventions(trusting, waiver),
  });
  t.equal(found?.waiver, undefined);
  t.equal(found?.action, 'deny');
});

t.test('the policy that keeps the other pods closed is guarded as the last one', async (t) => {
  const others = globalNetworkPolicy('others', {
    order: 20,
    selector: '!has(host)',
    types: ['Ingress', 'Egress'],
  });
  const among = [shop, others, forHosts];
  const opened = {
    ...others,
    spec: { ...(others.spec as object), ingress: [{ action: 'Allow' }] },
  };
  t.equal(findingsOf('gate/default-deny-missing', shop, { among: [others, forHosts], set }).length, 0);
  const lost = findingsOf('gate/default-deny-lost', opened, { among, set, operation: 'UPDATE' });
  t.same(
    lost.map(({ action }) => action),
    ['deny'],
  );
});

t.test('a convention cannot forbid what others put on pods', async (t) => {
  const refusing = (label: object) => {
    try {
      conventions({ labels: [label] });
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  for (const key of [
    'pcns.team',
    'projectcalico.org/namespace',
    'topology.kubernetes.io/zone',
    'job-name',
    'pod-template-generation',
  ])
    t.match(refusing({ key, forbidden: true }), 'is put on pods after they were admitted', key);
  t.match(
    refusing({ key: 'host', forbidden: true, required: true }),
    'a label that is forbidden has no value',
  );
  t.equal(refusing({ key: 'node-role.kubernetes.io/worker', forbidden: true }), '');
});

t.test('trust in labels that nobody forbids has no effect, and is told', async (t) => {
  t.throws(
    () => conventions({ defaultDeny: { trustForbiddenLabels: true } }),
    /it has no effect: the convention forbids no label/,
  );
});
