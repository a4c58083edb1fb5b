import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { MeshConvention } from '../../src/conventions/convention/convention.ts';
import { createInventoryStore } from '../../src/inventory/inventory-store.ts';
import { containersOf, podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { profileFromLinkerdConfig, proxyMakerOf } from '../../src/linkerd/index.ts';
import { describeWorkload } from '../../src/facts/workload/mesh-workload.ts';
import { findingsOf } from '../support/judged.ts';
import { conventions } from '../support/conventions.ts';
import { initArgs, injected, type Injecting } from '../support/made-by.ts';
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
  return describeWorkload(object, mesh, inventory, 'admission', 'CREATE')?.hasProxy;
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

t.test('a proxy is what the injector makes of it when a pod is made', async (t) => {
  const { inventory } = createInventoryStore({ mode: 'v3crd' }, [namespace('shop')]);
  const read = (values: object = {}) =>
    profileFromLinkerdConfig({
      linkerdVersion: 'edge-26.8.3',
      ...values,
    }) satisfies MeshConvention['linkerd'];
  interface Case {
    readonly how?: Injecting;
    readonly annotations?: StringMap;
    readonly init?: object;
    readonly proxy?: object;
    readonly beside?: object;
  }
  const meshed = ({ annotations, beside, how, init, proxy }: Case, linkerd: MeshConvention['linkerd']) => {
    const asks = { 'linkerd.io/inject': 'enabled', ...annotations };
    const object = injected(made(asks), how);
    const { containers, initContainers } = object.spec as Readonly<Record<string, readonly object[]>>;
    const [first, second] = initContainers ?? [];
    const spec = {
      initContainers: [
        { ...first, ...init },
        { ...second, ...proxy },
      ],
      containers: [...(containers ?? []), ...(beside ? [beside] : [])],
    };
    return describeWorkload({ ...object, spec }, { ...baseline, linkerd }, inventory, 'admission', 'CREATE')
      ?.hasProxy;
  };
  const setting = (name: string, value: string): readonly string[] => {
    const index = initArgs.indexOf(name);
    return index < 0 ? [...initArgs, name, value] : initArgs.with(index + 1, value);
  };
  const without = (name: string) => initArgs.toSpliced(initArgs.indexOf(name), 2);
  const unread = baseline.linkerd;
  const mounting = (mountPath: string) => ({ volumeMounts: [{ name: 'data', mountPath }] });

  const istio = { name: 'istio-proxy', image: 'gcr.io/istio-release/proxyv2:1' };
  const forgedAnywhere: Readonly<Record<string, Case>> = {
    'nothing but a name': {
      init: { image: 'busybox', command: ['true'], args: undefined },
      proxy: { image: 'registry.k8s.io/pause:3.9' },
    },
    'a command of its own': { init: { command: ['true'] } },
    'no flags': { init: { args: undefined } },
    'no port to redirect to': { init: { args: without('--incoming-proxy-port') } },
    'no port to redirect from': { init: { args: without('--outgoing-proxy-port') } },
    'no user': { init: { args: without('--proxy-uid') } },
    'all inbound ports': { init: { args: setting('--inbound-ports-to-ignore', '1-65535') } },
    'all inbound ports, once more': { init: { args: [...initArgs, '--inbound-ports-to-ignore=1-65535'] } },
    'all inbound ports beside another sidecar': {
      init: { args: setting('--inbound-ports-to-ignore', '1-65535') },
      beside: istio,
    },
    'all outbound ports': { init: { args: setting('--outbound-ports-to-ignore', '1-30000,30001-65535') } },
    'a variable': { init: { args: setting('--outbound-ports-to-ignore', '$(PORTS)') } },
    'all networks': { init: { args: setting('--subnets-to-ignore', '0.0.0.0/1,128.0.0.0/1') } },
    'another user than the proxy’s': { init: { args: setting('--proxy-uid', '1000') } },
    'only what would be done': { init: { args: [...initArgs, '--simulate'] } },
    'the network of another': { init: { args: setting('--netns', '/proc/1/ns/net') } },
    'one port alone': { init: { args: setting('--ports-to-redirect', '9') } },
    'no iptables': { init: { args: setting('--firewall-bin-path', '/bin/true') } },
    'iptables out of a volume': { init: { args: setting('--firewall-bin-path', '/data/iptables') } },
    'programs out of a volume': { init: { env: [{ name: 'PATH', value: '/data' }] } },
    'libraries out of a volume': { init: { env: [{ name: 'LD_PRELOAD', value: '/data/x.so' }] } },
    'variables of whatever name': { init: { envFrom: [{ configMapRef: { name: 'x' } }] } },
    'a volume over linkerd-init': { init: mounting('/usr/lib/linkerd/linkerd2-proxy-init') },
    'a volume over iptables': { init: mounting('/usr/sbin/') },
    'a volume over all libraries': { init: mounting('/lib') },
    'a volume over libraries to load': { init: mounting('/etc/ld.so.preload') },
    'a volume over everything': { init: mounting('/run/../usr') },
    'a volume over the proxy': { proxy: mounting('/usr/lib/linkerd/linkerd2-proxy') },
    'a volume over its folder': { proxy: mounting('/usr/lib') },
    'a volume over the validator': { how: { cni: true }, init: mounting('/usr/lib/linkerd') },
    'the end of the flags': { init: { args: ['--', ...initArgs] } },
    'short flags': { init: { args: [...initArgs, '-r', '9'] } },
    'flags that are none': { init: { args: [7, ...initArgs] } },
    'a validator without a command': { how: { cni: true }, init: { command: undefined } },
    'a validator of its own': { how: { cni: true }, init: { command: ['true'] } },
    'a validator of nothing': { how: { cni: true }, init: { args: [] } },
  };
  const forgedWhereRead: Readonly<Record<string, Case>> = {
    'one inbound port': { init: { args: setting('--inbound-ports-to-ignore', '4190,4191,8080') } },
    'one outbound port': { init: { args: setting('--outbound-ports-to-ignore', '4567,4568,443') } },
    'a network': { init: { args: setting('--subnets-to-ignore', '10.0.0.0/8') } },
    'another port of the proxy': { init: { args: setting('--incoming-proxy-port', '8080') } },
    'another user, as the proxy’s too': {
      init: { args: setting('--proxy-uid', '1000') },
      proxy: { securityContext: { runAsUser: 1000 } },
    },
    'a group': { init: { args: setting('--proxy-gid', '1000') } },
    'an image of another name': { proxy: { image: 'registry.k8s.io/pause:3.9' } },
    'linkerd-init of another image': { init: { image: 'docker.io/library/busybox:1' } },
    'a validator where there is no CNI plugin': { how: { cni: true } },
  };
  for (const [name, one] of Object.entries(forgedAnywhere)) {
    const linkerd = one.how?.cni ? read({ cniEnabled: true }) : read();
    t.equal(meshed(one, linkerd), false, name);
    t.equal(meshed(one, unread), false, `${name}, where linkerd-config is not read`);
  }
  for (const [name, one] of Object.entries(forgedWhereRead)) t.equal(meshed(one, read()), false, name);
  const dual = read({ disableIPv6: false });
  t.equal(meshed({}, dual), false, 'IPv6 past the proxy, where the installation leads it there');
  t.equal(
    meshed({ init: { args: initArgs.filter((arg) => arg !== '--ipv6=false') } }, dual),
    true,
    'IPv6 too',
  );

  const skips = {
    'config.linkerd.io/skip-inbound-ports': '1-65535',
    'config.linkerd.io/skip-outbound-ports': '25,80-90',
    'config.linkerd.io/skip-subnets': '10.0.0.0/8',
    'config.linkerd.io/proxy-uid': '3000',
  };
  const genuine: Readonly<Record<string, Case>> = {
    'as it comes': {},
    'of a mirror, by digest': {
      how: { image: 'registry.example:5000/mirror/proxy@sha256:abc' },
    },
    'linkerd-init of its own image, up to 2.19': {
      init: { image: 'cr.l5d.io/linkerd/proxy-init:v2.4.3', command: undefined },
    },
    'iptables as the installation has it': {
      init: {
        args: [
          '--firewall-bin-path',
          'iptables-nft',
          '--firewall-save-bin-path',
          'iptables-nft-save',
          ...initArgs,
        ],
      },
    },
    'flags that change nothing': {
      init: {
        args: [...initArgs, '--timeout-close-wait-secs', '30', '--log-format', 'json', '--log-level', 'info'],
      },
    },
    'flags of a version to come': { init: { args: ['--later', ...initArgs, '--other', 'value'] } },
    'what webhooks add to every container': {
      init: { ...mounting('/usr/share/zoneinfo'), env: [{ name: 'AWS_REGION', value: 'x' }] },
      proxy: {
        env: [{ name: 'LD_PRELOAD', value: '/opt/agent/agent.so' }],
        volumeMounts: [
          { name: 'agent', mountPath: '/opt/agent' },
          { name: 'agent', mountPath: '/etc/ld.so.preload', subPath: 'x' },
        ],
      },
    },
    'what Linkerd mounts itself': {
      init: mounting('/run'),
      proxy: mounting('/var/run/linkerd/identity/end-entity'),
    },
    'less than it may': { init: { args: setting('--inbound-ports-to-ignore', '4191,4190') } },
    'what its annotations say': {
      annotations: skips,
      init: {
        args: [
          '--incoming-proxy-port',
          '4143',
          '--outgoing-proxy-port',
          '4140',
          '--proxy-uid',
          '3000',
          '--inbound-ports-to-ignore',
          '4190,4191,1-65535',
          '--outbound-ports-to-ignore',
          '25,80-90',
          '--subnets-to-ignore',
          '10.0.0.0/8',
        ],
      },
      proxy: { securityContext: { runAsUser: 3000 } },
    },
    'beside another sidecar': { beside: istio },
  };
  for (const [name, one] of Object.entries(genuine)) {
    t.equal(meshed(one, read()), true, name);
    t.equal(meshed(one, unread), true, `${name}, where linkerd-config is not read`);
  }
  t.equal(meshed({ how: { cni: true } }, read({ cniEnabled: true })), true, 'the CNI plugin');
  const ports = setting('--inbound-ports-to-ignore', '4190,4191,25,3306');
  t.equal(meshed({ init: { args: ports } }, unread), true, 'a list that no convention tells');
  t.equal(
    meshed({ init: { args: ports } }, read({ proxyInit: { ignoreInboundPorts: '25,3306' } })),
    true,
    'the list of the installation',
  );
});

t.test('a forged proxy is refused', async (t) => {
  const object = injected(made({ 'linkerd.io/inject': 'enabled' }));
  const { containers, initContainers = [] } = object.spec as Readonly<Record<string, readonly object[]>>;
  const [init, proxy] = initContainers;
  const refusals = (forged: object) =>
    findingsOf(
      'mesh/',
      { ...object, spec: { containers, initContainers: [{ ...init, ...forged }, proxy] } },
      { among: [namespace('shop')], operation: 'CREATE' },
    ).flatMap(({ action, rule }) => (action === 'deny' ? rule : []));
  t.same(refusals({}), []);
  for (const forged of [
    { command: ['true'] },
    { args: undefined },
    { args: initArgs.with(initArgs.indexOf('--inbound-ports-to-ignore') + 1, '1-65535') },
  ])
    t.ok(refusals(forged).includes('mesh/not-injectable'), JSON.stringify(forged));
});
