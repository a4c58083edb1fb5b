import fc from 'fast-check';
import t from 'tap';
import { applyPatch } from '../../src/admission/apply-patch.ts';
import { answerMutate, answerValidate } from '../../src/admission/review.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import type { AdmissionRequest } from '../../src/kubernetes/admission-review.ts';
import { pathOf } from '../../src/kubernetes/json-pointer.ts';
import { readLabelSelector, selectsLabels } from '../../src/kubernetes/label-selector.ts';
import { stringMap, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import { defaultProfile, predictInjection } from '../../src/linkerd/index.ts';
import { conventions } from '../support/conventions.ts';
import { holds } from '../support/law.ts';
import { globalNetworkPolicy, namespace } from '../support/objects.ts';

const now = new Date('2026-11-21T12:00:00Z');
const set = conventions({
  labels: [
    {
      key: 'app.kubernetes.io/name',
      value: { firstOf: [{ podLabel: 'app' }, { workloadName: {} }] },
      required: true,
    },
    { key: 'team', value: { namespaceLabel: 'team' }, required: true },
  ],
});
const shop = namespace('shop', { team: 'web' });
const closed = globalNetworkPolicy('default-deny', { types: ['Ingress', 'Egress'] });
const { inventory } = createInventoryStore({ mode: 'v3crd' }, [shop, closed]);

const key = fc.constantFrom('app', 'team', 'app.kubernetes.io/name', 'other', 'linkerd.io/inject');
const labels = fc.dictionary(key, fc.constantFrom('web', 'x', ''), { maxKeys: 3 });
const annotations = fc.dictionary(
  fc.constantFrom('linkerd.io/inject', 'note', 'config.linkerd.io/skip-inbound-ports'),
  fc.constantFrom('enabled', 'disabled', 'ingress', 'enable', '', '25'),
  { maxKeys: 2 },
);
const metadata = fc.record(
  { labels: fc.option(labels), annotations: fc.option(annotations), extra: fc.jsonValue() },
  { requiredKeys: [] },
);
const podSpec = fc.record(
  {
    containers: fc.constant([{ name: 'app', image: 'example/app:1' }]),
    hostNetwork: fc.boolean(),
    unknownField: fc.jsonValue(),
  },
  { requiredKeys: ['containers'] },
);
const expression = fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') });
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) },
  { requiredKeys: [] },
);
const template = fc.record({ metadata, spec: podSpec }, { requiredKeys: ['spec'] });
const workload: fc.Arbitrary<KubernetesObject> = fc.oneof(
  fc
    .record({ selector, template }, { requiredKeys: ['template'] })
    .chain((spec) =>
      fc
        .constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet')
        .map((kind) => object('apps/v1', kind, spec)),
    ),
  template.map((template) => object('batch/v1', 'CronJob', { jobTemplate: { spec: { template } } })),
  fc.tuple(metadata, podSpec).map(([extra, spec]) => ({
    ...object('v1', 'Pod', spec),
    metadata: { ...(extra as object), name: 'web', namespace: 'shop' },
  })),
);

function object(apiVersion: string, kind: string, spec: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, spec };
}

function create(object: KubernetesObject): AdmissionRequest {
  const kind = { group: '', version: 'v1', kind: object.kind };
  return {
    uid: 'u',
    kind,
    operation: 'CREATE',
    namespace: 'shop',
    user: { username: 'ada', groups: [] },
    dryRun: false,
    object,
  };
}

function mutated(object: KubernetesObject): KubernetesObject {
  return applyPatch(object, answerMutate(create(object), inventory, set, now).patch);
}

t.test('mutation keeps its laws for any workload', async (t) => {
  holds(
    t,
    'the second patch is empty',
    fc.property(
      workload,
      (object) => answerMutate(create(mutated(object)), inventory, set, now).patch.length === 0,
    ),
    400,
  );

  const onlyTemplate = fc.property(workload, (object) => {
    const pointer = podTemplateOf(object)?.pointer ?? '';
    return answerMutate(create(object), inventory, set, now).patch.every(({ op, path }) => {
      const [, part] = pathOf(path.slice(pointer.length));
      return (
        op !== 'remove' &&
        path.startsWith(`${pointer}/metadata`) &&
        (part === undefined || part === 'labels' || part === 'annotations')
      );
    });
  });
  holds(t, 'only annotations and labels of the template change', onlyTemplate, 400);

  const nothingLost = fc.property(workload, (object) => {
    const [before, after] = [podTemplateOf(object), podTemplateOf(mutated(object))];
    const kept = (a: unknown, b: unknown) =>
      Object.entries(stringMap(a)).every(([name, value]) => value === '' || stringMap(b)[name] === value);
    return (
      kept(before?.metadata.labels, after?.metadata.labels) &&
      kept(before?.metadata.annotations, after?.metadata.annotations) &&
      JSON.stringify(before?.spec) === JSON.stringify(after?.spec)
    );
  });
  holds(t, 'no value that says something is overwritten', nothingLost, 400);

  const selected = fc.property(workload, (object) => {
    const own = readLabelSelector((object.spec as { selector?: unknown }).selector);
    const matches = (candidate: KubernetesObject) =>
      own === undefined || selectsLabels(own, stringMap(podTemplateOf(candidate)?.metadata.labels));
    return object.kind === 'Pod' || !matches(object) || matches(mutated(object));
  });
  holds(t, 'the selector still selects the template', selected, 400);

  const meshed = fc.property(workload, (object) => {
    const after = mutated(object);
    const injection = predictInjection(
      after,
      { name: 'shop', labels: {}, annotations: {} },
      defaultProfile(),
    );
    if (injection.injected) return true;
    return answerValidate(create(after), inventory, set, now).findings.some(({ rule }) =>
      rule.startsWith('mesh/'),
    );
  });
  holds(t, 'what was patched will be meshed, or a finding says why not', meshed, 400);
});
