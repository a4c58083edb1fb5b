import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { slimWorkload } from '../../src/cluster/view/projection.ts';
import { judge } from '../../src/engine/judge.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { isKubernetesObject, type KubernetesObject } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import { conventions } from '../support/conventions.ts';

const heavy = {
  env: [{ name: 'DATABASE', value: 'postgres' }],
  envFrom: [{ secretRef: { name: 'secrets' } }],
  resources: { limits: { cpu: '1' } },
};
const light = { name: 'app', image: 'app', ports: [{ containerPort: 80 }], args: ['serve'] };
const placed = {
  volumes: [{ name: 'data', emptyDir: {} }],
  affinity: { nodeAffinity: {} },
  tolerations: [{ operator: 'Exists' }],
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway' }],
};
const spec = {
  ...placed,
  containers: [{ ...light, ...heavy }, 'none'],
  initContainers: [{ ...light, ...heavy }],
};
const slimmed = { containers: [light, 'none'], initContainers: [light] };
const workload = (kind: string, spec: object): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'till', namespace: 'shop' },
  spec,
});

t.test('what a followed controller made is not kept, and what nobody else would show is', async (t) => {
  const owned = (kind: string, owner: object, replicas: number): KubernetesObject => ({
    ...workload(kind, { replicas, template: { spec: { containers: [light] } } }),
    metadata: { name: 'till-5445b6557f', namespace: 'shop', ownerReferences: [owner as never] },
  });
  const by = (apiVersion: string, kind: string, controller = true) => ({
    apiVersion,
    kind,
    name: 'till',
    uid: 'u',
    controller,
  });
  for (const replicas of [0, 4])
    t.equal(
      slimWorkload(owned('ReplicaSet', by('apps/v1', 'Deployment'), replicas)),
      undefined,
      'of a Deployment',
    );
  t.equal(slimWorkload(owned('Job', by('batch/v1', 'CronJob'), 0)), undefined, 'of a CronJob');
  for (const owner of [
    by('argoproj.io/v1alpha1', 'Rollout'),
    by('apps/v1', 'Deployment', false),
    by('example.org/v1', 'Deployment'),
  ])
    for (const replicas of [0, 4])
      t.ok(slimWorkload(owned('ReplicaSet', owner, replicas)), `${JSON.stringify(owner)} ${replicas}`);
  t.ok(slimWorkload(workload('ReplicaSet', { replicas: 0 })), 'of nobody: it may be scaled up by hand');
});

t.test('what no verdict asks of containers is not kept, wherever the template is', async (t) => {
  const template = { metadata: { labels: { app: 'till' } }, spec };
  const kept = { metadata: { labels: { app: 'till' } }, spec: slimmed };
  t.same(slimWorkload(workload('Deployment', { replicas: 1, template }))?.spec, {
    replicas: 1,
    template: kept,
  });
  t.same(slimWorkload(workload('CronJob', { jobTemplate: { spec: { template } } }))?.spec, {
    jobTemplate: { spec: { template: kept } },
  });
  for (const odd of [{}, { template: 1 }, { template: { spec: null } }, { jobTemplate: { spec: 'none' } }])
    t.same(slimWorkload(workload('Deployment', odd))?.spec, odd);
});

t.test('what is kept of a workload is judged as the whole of it', async (t) => {
  const set = conventions({});
  const now = new Date('2026-11-21T12:00:00Z');
  const examples = join(import.meta.dirname, '../../examples');
  const objects = globSync('**/*.yaml', { cwd: examples })
    .flatMap((file) => loadAll(readFileSync(join(examples, file), 'utf8')))
    .filter(isKubernetesObject);
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, objects);
  const workloads = objects.filter((object) => object.kind !== 'Pod' && podTemplateOf(object));
  t.ok(workloads.length > 10, `${workloads.length} workloads`);
  for (const object of workloads) {
    const judged = (one: KubernetesObject) =>
      judge({ operation: 'STATE', object: one }, inventory, set, now, 'audit');
    const { kind, metadata } = object;
    const rich = withHeavyContainers(object);
    t.same(judged(slimWorkload(rich) ?? rich), judged(rich), `${kind} ${metadata.name}`);
  }
});

function withHeavyContainers(object: KubernetesObject): KubernetesObject {
  const copy = structuredClone(object);
  const containers = (podTemplateOf(copy)?.spec['containers'] ?? []) as object[];
  for (const container of containers) Object.assign(container, heavy);
  const pod = podTemplateOf(copy)?.spec;
  if (pod) Object.assign(pod, placed);
  return copy;
}
