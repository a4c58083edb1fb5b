import t from 'tap';
import type { DefaultAction } from '../../src/conventions/document/action.ts';
import { type ConventionSet, createConventionSet } from '../../src/conventions/convention-set.ts';
import { createConventionHolder } from '../../src/conventions/convention-holder.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';

const rules = [
  { id: 'gate/wide-hole' },
  { id: 'mesh/inject-missing' },
  { id: 'mesh/job-never-finishes' },
] as const;
const now = new Date('2026-11-20T12:00:00Z');

function document(name: string, spec: object): { file: string; value: unknown } {
  const value = { apiVersion: 'tollgate.dev/v1alpha1', kind: 'ConventionPolicy', metadata: { name }, spec };
  return { file: `${name}.yaml`, value };
}

function setOf(specs: Readonly<Record<string, object>>): ConventionSet {
  const sources = Object.entries(specs).map(([name, spec]) => document(name, spec));
  const { set, problems } = loadConventions(sources, rules);
  if (!set) throw new Error(problems.map(({ message }) => message).join('\n'));
  return set;
}

const rule = (id: (typeof rules)[number]['id'], defaultAction: DefaultAction = 'deny') => ({
  id,
  defaultAction,
});

t.test('a namespace is governed by the highest priority that selects it', async (t) => {
  const set = setOf({
    baseline: { mesh: {} },
    regulated: { priority: 10, namespaces: { selector: { matchLabels: { tier: 'regulated' } } }, mesh: {} },
    sandbox: {
      priority: 5,
      namespaces: { selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'b'] }] } },
      mesh: {},
    },
  });
  const governedBy = (name: string, labels = {}) => set.governing({ name, labels })?.name;
  t.strictSame(
    set.conventions.map(({ name }) => name),
    ['regulated', 'sandbox', 'baseline'],
  );
  t.equal(governedBy('shop'), 'baseline');
  t.equal(governedBy('shop', { tier: 'regulated', team: 'a' }), 'regulated');
  t.equal(governedBy('shop', { team: 'a' }), 'sandbox');
  t.equal(governedBy('shop', { team: 'c' }), 'baseline');
});

t.test('an excluded namespace goes to the next convention, or to none', async (t) => {
  const set = setOf({
    all: { namespaces: { exclude: ['lab-*'] }, mesh: {} },
    first: { priority: 1, namespaces: { exclude: ['lab-?', 'shop'] }, mesh: {} },
  });
  const governedBy = (name: string) => set.governing({ name, labels: {} })?.name;
  t.equal(governedBy('shop'), 'all');
  t.equal(governedBy('other'), 'first');
  t.equal(governedBy('lab-1'), undefined);
  t.equal(governedBy('lab-10'), 'first');
});

t.test('namespaces without which nothing could be repaired are never governed', async (t) => {
  const set = setOf({ all: { namespaces: { exclude: [] }, mesh: {} } });
  const governedBy = (name: string) => set.governing({ name, labels: {} })?.name;
  for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'tollgate-system']) {
    t.equal(governedBy(name), undefined, name);
  }
  t.equal(governedBy('linkerd'), 'all', 'an empty list of exclusions excludes nothing else');
});

t.test('the name of a namespace counts as its label, as the API server has it', async (t) => {
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
  const set = setOf({ one: { namespaces: { selector }, mesh: {} } });
  t.equal(set.governing({ name: 'shop', labels: {} })?.name, 'one');
  t.equal(set.governing({ name: 'other', labels: { 'kubernetes.io/metadata.name': 'shop' } }), undefined);
});

t.test('waivers alone are exceptions from the default convention', async (t) => {
  const { set } = loadConventions([], rules);
  t.strictSame(
    set?.conventions.map(({ name, source }) => [name, source.file]),
    [['baseline', '<default>']],
  );
});

t.test(
  "the action is the rule's own, else the group's, else the default of the rule, point by point",
  async (t) => {
    const set = setOf({
      baseline: {
        rules: {
          'gate/wide-hole': { admission: 'warn', ci: 'deny' },
          'mesh/*': 'warn',
          'mesh/job-never-finishes': { action: 'off', audit: 'deny' },
        },
      },
    });
    const [convention] = set.conventions;
    const actions = (...args: Parameters<typeof rule>) =>
      (['admission', 'ci', 'audit'] as const).map(
        (point) => set.actionFor(rule(...args), convention, point, now).action,
      );
    t.strictSame(actions('gate/wide-hole', 'off'), ['warn', 'deny', 'off']);
    t.strictSame(actions('mesh/inject-missing'), ['warn', 'warn', 'warn']);
    t.strictSame(actions('mesh/job-never-finishes'), ['off', 'off', 'deny']);
    t.strictSame(
      (['admission', 'ci', 'audit'] as const).map(
        (point) =>
          set.actionFor(
            rule('gate/wide-hole', { admission: 'off', ci: 'warn', audit: 'deny' }),
            undefined,
            point,
            now,
          ).action,
      ),
      ['off', 'warn', 'deny'],
      'without a convention',
    );
  },
);

t.test('a bare off, which YAML turns into false, is the word off', async (t) => {
  const set = setOf({
    baseline: { mesh: { inject: false }, rules: { 'mesh/*': false, 'gate/*': { ci: false } } },
  });
  const [convention] = set.conventions;
  t.equal(convention?.mesh?.inject, 'off');
  t.equal(set.actionFor(rule('mesh/inject-missing'), convention, 'ci', now).action, 'off');
  t.equal(set.actionFor(rule('gate/wide-hole'), convention, 'ci', now).action, 'off');
});

t.test('an announced rule warns until its day begins, and denies from then on', async (t) => {
  const set = setOf({
    baseline: { rules: { 'mesh/*': { action: 'deny', audit: 'warn', since: '2026-12-01' } } },
  });
  const at = (time: string, point: 'ci' | 'audit' = 'ci') =>
    set.actionFor(rule('mesh/inject-missing'), set.conventions[0], point, new Date(time));
  const since = new Date('2026-12-01T00:00:00Z');
  t.strictSame(at('2026-11-30T23:59:59.999Z'), { action: 'warn', since });
  t.strictSame(at('2026-12-01T00:00:00Z'), { action: 'deny', since });
  t.strictSame(at('2026-11-01T00:00:00Z', 'audit'), { action: 'warn' }, 'what only warns is not announced');
});

t.test('what lives outside namespaces is judged by the strictest of all conventions', async (t) => {
  const set = setOf({
    one: { rules: { 'mesh/*': 'off', 'gate/*': { action: 'deny', since: '2027-06-01' } } },
    two: { priority: 1, rules: { 'mesh/*': 'warn', 'gate/*': { action: 'deny', since: '2027-01-01' } } },
  });
  const shared = set.clusterWide();
  t.equal(shared?.name, 'two + one');
  t.equal(set.actionFor(rule('mesh/inject-missing'), shared, 'ci', now).action, 'warn');
  t.strictSame(set.actionFor(rule('gate/wide-hole'), shared, 'ci', now), {
    action: 'warn',
    since: new Date('2027-01-01T00:00:00Z'),
  });
  const alone = setOf({ one: { mesh: {} } });
  t.equal(alone.clusterWide(), alone.conventions[0]);
  t.equal(createConventionSet([], []).clusterWide(), undefined);
});

t.test('of Calico each thing is as the first convention says that names it', async (t) => {
  const set = setOf({
    one: { mesh: {}, calico: { mode: 'raw', version: '3.29' } },
    two: { mesh: {}, priority: 1, calico: { mode: 'apiserver' } },
    three: { mesh: {}, priority: 2 },
  });
  t.same(set.clusterWide()?.calico, { mode: 'apiserver', version: '3.29' });
  t.same(setOf({ one: { mesh: {} }, two: { mesh: {}, priority: 1 } }).clusterWide()?.calico, {});
});

t.test('every setting of a convention reaches its compiled form', async (t) => {
  const set = setOf({
    all: {
      priority: 7,
      defaultDeny: {
        directions: ['Ingress'],
        families: ['IPv4'],
        onMissing: 'hold',
        coverLabel: { key: 'gate', value: 'closed' },
      },
      mesh: {
        inject: 'ingress',
        linkerd: {
          version: '2.14',
          namespace: 'mesh',
          outboundTransportMode: 'transparent',
          cni: true,
          nativeSidecar: true,
          webhookFailurePolicy: 'Fail',
          defaultInboundPolicy: 'deny',
          trustDomain: 'example.org',
          clusterNetworks: ['10.0.0.0/8'],
          opaquePorts: '25,3306',
          skipInboundPorts: '22',
          skipOutboundPorts: '443,8000-8010',
        },
        namespaces: { 'config.linkerd.io/default-inbound-policy': 'deny' },
      },
      labels: [
        { key: 'team', value: { namespaceLabel: 'team' }, required: true, allowed: ['a'], pattern: '[a-z]+' },
        { key: 'name', value: { firstOf: [{ podLabel: 'app' }, { workloadName: {} }] } },
        { key: 'namespace', value: { namespaceName: {} } },
        { key: 'account', value: { serviceAccount: {} } },
        { key: 'zone', value: { literal: 'eu' } },
      ],
      waivers: {
        maxDays: 90,
        requiredFields: ['ticket'],
        wholeGroups: true,
        byAnnotation: true,
        never: ['gate/*'],
      },
      calico: { mode: 'v3crd', version: '3.31' },
    },
  });
  const [convention] = set.conventions;
  t.match(convention, {
    priority: 7,
    defaultDeny: {
      directions: ['Ingress'],
      families: ['IPv4'],
      onMissing: 'hold',
      coverLabel: { key: 'gate', value: 'closed' },
    },
    mesh: {
      inject: 'ingress',
      linkerd: {
        version: '2.14',
        namespace: 'mesh',
        outboundTransportMode: 'transparent',
        cni: true,
        nativeSidecar: true,
        webhookFailurePolicy: 'Fail',
        defaultInboundPolicy: 'deny',
        trustDomain: 'example.org',
        clusterNetworks: ['10.0.0.0/8'],
        opaquePorts: '25,3306',
        skipInboundPorts: '22',
        skipOutboundPorts: '443,8000-8010',
      },
      namespaces: { 'config.linkerd.io/default-inbound-policy': 'deny' },
    },
    waivers: { maxDays: 90, requiredFields: ['ticket'], wholeGroups: true, byAnnotation: true },
    calico: { mode: 'v3crd', version: '3.31' },
  });
  t.strictSame(
    convention?.labels.map(({ key, value, required, allowed }) => [key, value, required, allowed]),
    [
      ['team', { namespaceLabel: 'team' }, true, ['a']],
      ['name', { firstOf: [{ podLabel: 'app' }, { workloadName: {} }] }, false, undefined],
      ['namespace', { namespaceName: {} }, false, undefined],
      ['account', { serviceAccount: {} }, false, undefined],
      ['zone', { literal: 'eu' }, false, undefined],
    ],
  );
  t.equal(convention?.labels[0]?.pattern?.test('abc'), true);
  t.equal(convention?.labels[0]?.pattern?.test('abc1'), false, 'a pattern matches the whole value');
  t.ok(convention?.waivers.never.has('gate/*'));
});

t.test("Linkerd's defaults are those of the version that a convention names", async (t) => {
  const set = setOf({ old: { mesh: { linkerd: { version: '2.14' } } } });
  t.match(set.conventions[0]?.mesh?.linkerd, { nativeSidecar: false, outboundTransportMode: 'transparent' });
});

t.test('a bad document never replaces a good one', async (t) => {
  const good = setOf({ good: { mesh: {} } });
  const holder = createConventionHolder(good);
  const bad = loadConventions([document('next', { mesh: { inject: 'enable' } })], rules);
  t.notOk(holder.offer(bad));
  t.equal(holder.current(), good);
  t.strictSame(holder.problems(), bad.problems);

  const better = loadConventions([document('next', { mesh: {} })], rules);
  t.ok(holder.offer(better));
  t.equal(holder.current(), better.set);
  t.strictSame(holder.problems(), []);
});
