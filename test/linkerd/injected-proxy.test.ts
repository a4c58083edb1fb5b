import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MeshConvention } from '../../src/conventions/convention.ts';
import { createInventoryStore } from '../../src/inventory/store.ts';
import { containersOf, podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { profileFromLinkerdConfig, proxyMakerOf } from '../../src/linkerd/index.ts';
import { describeWorkload } from '../../src/rules/mesh/mesh-workload.ts';
import { conventions } from '../support/conventions.ts';
import { injected, type Injecting } from '../support/made-by.ts';
import { namespace, pod } from '../support/objects.ts';

interface RecordedInjection {
  readonly name: string;
  readonly origin: string;
  readonly namespaceAnnotations: StringMap;
  readonly namespace?: { readonly name: string; readonly labels?: StringMap };
  readonly workload: KubernetesObject;
  readonly config?: unknown;
  readonly expected: {
    readonly injected?: boolean;
    readonly reasons?: readonly string[];
    readonly annotationsAdded?: StringMap;
    readonly proxyAs?: string;
  };
}

const file = join(import.meta.dirname, '../conformance/data/linkerd-injection-cases.json');
const recorded = (JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedInjection[]).filter(
  ({ origin, workload }) => origin === 'webhook' && podTemplateOf(workload),
);

const baseline = conventions({}).conventions[0]?.mesh as MeshConvention;
const made = (annotations: StringMap = {}) => pod('web', 'shop', { annotations });
const makerOf = (object: KubernetesObject) => {
  const template = podTemplateOf(object);
  return template && proxyMakerOf(template);
};

/** Whether a pod counts as meshed when it has been through all mutation. */
function isMeshed(
  object: KubernetesObject,
  { config, namespace: home, namespaceAnnotations }: RecordedInjection,
) {
  const { name = 'shop', labels = {} } = home ?? {};
  const lives = namespace(name, labels, { metadata: { name, labels, annotations: namespaceAnnotations } });
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [lives]);
  const mesh = { ...baseline, linkerd: profileFromLinkerdConfig(config ?? {}) };
  return describeWorkload(object, mesh, inventory, 'admission')?.hasProxy;
}

/** The Pod that is made of a recorded workload, as the injector hands it on whether it would or not. */
function throughInjector(entry: RecordedInjection, how: Injecting): KubernetesObject {
  const template = podTemplateOf(entry.workload);
  const { annotationsAdded = {} } = entry.expected;
  const own = pod('web', entry.namespace?.name ?? 'shop');
  return injected(
    {
      ...own,
      metadata: {
        ...own.metadata,
        labels: { ...template?.labels },
        annotations: { ...template?.annotations, ...annotationsAdded },
      },
      spec: template?.spec,
    },
    how,
  );
}

const redirectorOf = (cni: boolean) => (cni ? 'linkerd-network-validator' : 'linkerd-init');

/** Two containers of one name are no pod. */
function hasOneOf(object: KubernetesObject, names: readonly string[]): boolean {
  const template = podTemplateOf(object);
  return (
    template !== undefined && containersOf(template.spec).some(({ name }) => names.includes(String(name)))
  );
}

t.test('every recorded pod that Linkerd injects has a proxy, and none that it leaves alone', async (t) => {
  for (const entry of recorded) {
    for (const cni of [false, true]) {
      for (const native of [false, true]) {
        if (hasOneOf(entry.workload, ['linkerd-proxy', redirectorOf(cni)])) continue;
        const object = throughInjector(entry, { cni, native });
        const name = `${entry.name}${cni ? ', CNI' : ''}${native ? ', native' : ''}`;
        t.equal(makerOf(object), 'injector', name);
        // Another sidecar may have come after the injector's, which is then none of its reasons.
        const others = entry.expected.reasons?.join() === 'sidecar_already_exists';
        t.equal(isMeshed(object, entry), others || entry.expected.injected === true, name);
      }
    }
  }
});

t.test('a proxy is told by all that comes with it', async (t) => {
  const running = injected(made());
  t.equal(makerOf(running), 'injector');
  for (const how of [
    { native: false },
    { cni: true },
    { cni: true, native: false },
    { debug: true },
    { image: 'registry.example/mirror/l5d@sha256:abc' },
  ])
    t.equal(makerOf(injected(made(), how)), 'injector', JSON.stringify(how));
  t.equal(makerOf(injected(made(), { createdBy: 'linkerd/cli edge-26.8.3' })), 'command');
  for (const createdBy of ['', 'somebody', 'linkerd/proxy-injector-of-mine 1', 'linkerd/proxy'])
    t.equal(makerOf(injected(made(), { createdBy })), undefined, createdBy);

  const without = (field: 'annotations' | 'labels', key: string) => {
    const { [key]: _gone, ...rest } = running.metadata[field] ?? {};
    return { ...running, metadata: { ...running.metadata, [field]: rest } };
  };
  for (const [field, key] of [
    ['annotations', 'linkerd.io/created-by'],
    ['annotations', 'linkerd.io/proxy-version'],
    ['annotations', 'linkerd.io/trust-root-sha256'],
    ['labels', 'linkerd.io/control-plane-ns'],
  ] as const)
    t.equal(makerOf(without(field, key)), undefined, `without ${key}`);

  const { containers, initContainers } = running.spec as Readonly<Record<string, readonly object[]>>;
  const [init, proxy] = initContainers ?? [];
  for (const [what, spec] of [
    ['nothing leads traffic to it', { containers, initContainers: [proxy] }],
    [
      'an init container that ends',
      { containers, initContainers: [init, { ...proxy, restartPolicy: undefined }] },
    ],
    ['a command of its own', { containers, initContainers: [init, { ...proxy, command: ['sleep'] }] }],
    ['another name', { containers, initContainers: [init, { ...proxy, name: 'proxy' }] }],
    ['lists that are none', { containers: 'linkerd-proxy', initContainers: { name: 'linkerd-proxy' } }],
  ] as const)
    t.equal(makerOf({ ...running, spec }), undefined, what);
});

t.test('what only bears a name of the injector’s is its author’s', async (t) => {
  const asks = { 'linkerd.io/inject': 'enabled' };
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('shop')]);
  const kept = (object: KubernetesObject, how: Injecting = {}) => {
    const workload = describeWorkload(injected(object, how), baseline, inventory, 'admission');
    const { containers, initContainers } = workload?.template.spec ?? {};
    return [initContainers, containers].flatMap((list) =>
      (list as readonly ({ readonly name: string } | null)[]).flatMap((item) => item?.name ?? []),
    );
  };
  const beside = (list: 'containers' | 'initContainers', name: string) =>
    pod('web', 'shop', { annotations: asks }, { [list]: [{ name }, { name: 'app' }] });
  t.same(kept(made(asks)), ['app']);
  t.same(kept(beside('containers', 'linkerd-debug')), ['linkerd-debug', 'app'], 'nobody asked for one');
  t.same(kept(beside('containers', 'linkerd-init')), ['linkerd-init', 'app'], 'it is no init container');
  t.same(
    kept(beside('initContainers', 'linkerd-network-validator')),
    ['linkerd-network-validator', 'app', 'app'],
    'there is no CNI plugin',
  );
  t.same(kept(made({ ...asks, 'config.linkerd.io/enable-debug-sidecar': 'true' }), { debug: true }), ['app']);
});
