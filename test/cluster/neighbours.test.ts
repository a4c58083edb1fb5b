import t from 'tap';
import { createApiClient } from './api-client.ts';
import { startGatedCluster } from './gated-cluster.ts';
import { denyAll, named, namespace, pathOf, templateOf, workload } from './objects.ts';
import { type RecordedRequest, startRecordingWebhook } from './recording-webhook.ts';
import { until } from './until.ts';
import { accepted, refused } from './verdict.ts';
import { registerWebhooks, webhookConfiguration } from './webhook.ts';
import { initArgs } from '../support/made-by.ts';

/** What others do to the same objects: controllers, Pod Security, and the injectors of two meshes. */
const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: baseline }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-*, default] }
  mesh: { inject: enabled }
  # Linkerd is a stand-in here: nothing would answer a proxy.
  rules: { mesh/control-plane-blocked: off }
  labels:
    - { key: app.kubernetes.io/name, value: { podLabel: app }, required: true }
---
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: vault }
spec:
  priority: 10
  calico: { mode: v3crd }
  namespaces: { selector: { matchLabels: { kubernetes.io/metadata.name: vault } } }
  mesh: { inject: enabled, linkerd: { cni: true } }
  rules: { mesh/control-plane-blocked: off, mesh/proxy-missing: off }
  labels:
    - { key: app.kubernetes.io/name, value: { podLabel: app }, required: true }
`;
const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const cluster = await startGatedCluster({
  conventions,
  before: async ({ apply }) => {
    await apply([denyAll('shop', named('shop')), namespace('shop')]);
    await apply([denyAll('vault', named('vault')), namespace('vault', restricted)]);
  },
});
t.teardown(() => cluster.stop());
const { apply, controlPlane } = cluster;
const { api } = controlPlane;

const annotation = 'linkerd.io/inject';
const label = 'app.kubernetes.io/name';

/** A pod has the labels that its convention asks for from whoever makes it. */
const podOf = (namespace: string, name: string) => {
  const object = workload('Pod', namespace, name);
  return { ...object, metadata: { ...object.metadata, labels: { app: name, [label]: name } } };
};

t.test(
  'a controller that takes the annotation away again and again causes no roll-out and no loop',
  async (t) => {
    const path = pathOf('Deployment', 'shop', 'car');
    accepted(t, await apply([workload('Deployment', 'shop', 'car')]));
    const first = await api.get(path);
    t.match(templateOf(first).metadata, {
      annotations: { [annotation]: 'enabled' },
      labels: { [label]: 'car' },
    });
    const metadata = { annotations: { [annotation]: null }, labels: { [label]: null } };
    for (let round = 1; round <= 5; round++) {
      const { status } = await api.call('PATCH', path, { spec: { template: { metadata } } });
      t.equal(status, 200);
    }
    const last = await api.get(path);
    t.same(templateOf(last), templateOf(first));
    t.equal(last?.metadata.generation, first?.metadata.generation, 'nothing has changed for its controller');
    const sets = await until('its ReplicaSet', async () => {
      const found = await api.list(pathOf('ReplicaSet', 'shop'));
      return found.length > 0 ? found : undefined;
    });
    t.equal(sets.length, 1);
  },
);

t.test(
  'one that deletes its object and makes it anew without the additions is left alone in the end',
  async (t) => {
    const path = pathOf('StatefulSet', 'shop', 'ledger');
    const { authority, token, url } = controlPlane;
    const operator = createApiClient(
      url,
      authority.certificate,
      token,
      'system:serviceaccount:shop:operator',
    );
    t.teardown(() => operator.close());
    const statuses: number[] = [];
    for (let round = 0; round < 4; round++) {
      const made = Date.now();
      const { status } = await operator.call(
        'POST',
        pathOf('StatefulSet', 'shop'),
        workload('StatefulSet', 'shop', 'ledger'),
      );
      statuses.push(status);
      if (status !== 201) break;
      t.equal(
        templateOf(await api.get(path)).metadata.annotations?.[annotation],
        'enabled',
        `round ${round + 1}`,
      );
      // What comes within a second is taken for one request that is asked about twice.
      await until('a second', async () => (Date.now() - made > 1_200 ? true : undefined));
      await operator.call('DELETE', path);
      await until('it is gone', async () => ((await api.get(path)) ? undefined : true));
    }
    t.same(statuses, [201, 201, 201, 403], 'three times it is undone, then what it lacks is judged');
  },
);

const confined = {
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'main',
      image: 'registry.example/shop:1.0',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

t.test('what Pod Security “restricted” admits it still admits once it is patched', async (t) => {
  refused(t, await apply([podOf('vault', 'loose')]), 'violates PodSecurity "restricted:latest"');

  accepted(t, await apply([{ ...podOf('vault', 'safe'), spec: confined }]));
  const pod = await api.get(pathOf('Pod', 'vault', 'safe'));
  t.match(pod?.metadata, { annotations: { [annotation]: 'enabled' }, labels: { [label]: 'safe' } });

  const { spec, ...rest } = workload('Deployment', 'vault', 'safe');
  const { template, ...others } = spec as { template: object };
  const deployed = await apply([{ ...rest, spec: { ...others, template: { ...template, spec: confined } } }]);
  accepted(t, deployed);
  const controlled = await until('the pod of the Deployment', async () => {
    const pods = await api.list(pathOf('Pod', 'vault'));
    return pods.find(({ metadata }) => metadata.name.startsWith('safe-'));
  });
  t.match(controlled.metadata, { annotations: { [annotation]: 'enabled' }, labels: { [label]: 'safe' } });
});

interface PodLike {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly { readonly name: string }[] };
}

/** What Linkerd's injector does to a pod that asks for it: a proxy in front, an init container, a volume, its marks. */
function injectLinkerd({ object }: RecordedRequest): {
  readonly allowed: true;
  readonly patch?: readonly object[];
} {
  const { metadata, spec } = object as unknown as PodLike;
  const isMeshed = spec.containers.some(({ name }) => name === 'linkerd-proxy');
  if (metadata.annotations?.[annotation] !== 'enabled' || isMeshed) return { allowed: true };
  const image = 'registry.example/proxy:1.0';
  return {
    allowed: true,
    patch: [
      { op: 'add', path: '/metadata/annotations/linkerd.io~1proxy-version', value: 'stable' },
      { op: 'add', path: '/metadata/annotations/linkerd.io~1trust-root-sha256', value: '0'.repeat(64) },
      {
        op: 'add',
        path: '/metadata/annotations/linkerd.io~1created-by',
        value: 'linkerd/proxy-injector stable',
      },
      { op: 'add', path: '/metadata/labels/linkerd.io~1control-plane-ns', value: 'linkerd' },
      { op: 'add', path: '/spec/initContainers', value: [{ name: 'linkerd-init', image, args: initArgs }] },
      {
        op: 'add',
        path: '/spec/volumes/-',
        value: { name: 'linkerd-identity', emptyDir: { medium: 'Memory' } },
      },
      { op: 'add', path: '/spec/containers/0', value: { name: 'linkerd-proxy', image } },
    ],
  };
}

/** What Istio's does: a proxy at the end, and its status. */
function injectIstio({ object }: RecordedRequest): {
  readonly allowed: true;
  readonly patch?: readonly object[];
} {
  const { spec } = object as unknown as PodLike;
  if (spec.containers.some(({ name }) => name === 'istio-proxy')) return { allowed: true };
  const image = 'registry.example/proxy:1.0';
  return {
    allowed: true,
    patch: [
      { op: 'add', path: '/metadata/annotations/sidecar.istio.io~1status', value: '{"revision":"default"}' },
      { op: 'add', path: '/metadata/labels/service.istio.io~1canonical-name', value: 'car' },
      { op: 'add', path: '/spec/containers/-', value: { name: 'istio-proxy', image } },
    ],
  };
}

t.test(
  'beside Linkerd’s and Istio’s injectors everybody patches once, and a second time nobody does',
  async (t) => {
    const injectors = [
      { name: 'linkerd-proxy-injector-webhook-config', address: '10.77.0.3', answer: injectLinkerd },
      { name: 'istio-sidecar-injector', address: '10.77.0.4', answer: injectIstio },
    ];
    for (const { name, address, answer } of injectors) {
      const injector = await startRecordingWebhook({ authority: controlPlane.authority, address, answer });
      t.teardown(() => injector.close());
      await registerWebhooks(controlPlane, [
        webhookConfiguration({
          kind: 'MutatingWebhookConfiguration',
          name,
          webhook: `${name}.example.org`,
          clientConfig: injector.clientConfig,
          failurePolicy: 'Fail',
          resources: ['pods'],
          reinvocationPolicy: 'IfNeeded',
        }),
      ]);
    }
    accepted(t, await apply([podOf('shop', 'boat')]));
    const stored = await api.get(pathOf('Pod', 'shop', 'boat'));
    const { spec } = stored as unknown as PodLike;
    t.same(
      spec.containers.map(({ name }) => name),
      ['linkerd-proxy', 'main', 'istio-proxy'],
    );
    t.match(stored?.metadata, {
      annotations: { [annotation]: 'enabled', 'linkerd.io/proxy-version': 'stable' },
      labels: { app: 'boat', [label]: 'boat', 'linkerd.io/control-plane-ns': 'linkerd' },
    });
    const calls = callsOf('boat');
    for (const name of ['gate-tollgate', ...injectors.map(({ name }) => name)]) {
      t.equal(
        calls.filter(({ configuration, mutated }) => configuration === name && mutated).length,
        1,
        name,
      );
    }
    const ours = calls.filter(({ configuration }) => configuration === 'gate-tollgate');
    t.match(ours, [{ mutated: true }, { mutated: false }], 'ours was called again, and had nothing to add');

    const { labels, annotations } = stored?.metadata ?? {};
    const again = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'ferry', namespace: 'shop', labels, annotations },
      spec,
    };
    accepted(t, await apply([again]));
    const repeated = callsOf('ferry').filter(({ mutated }) => mutated);
    t.same(repeated, [], 'the whole set leaves its own work as it is');
  },
);

interface MutatingCall {
  readonly configuration: string;
  readonly mutated: boolean;
}

/** Each call of a mutating webhook about a pod that was created, in this order, by the audit log. */
function callsOf(name: string): readonly MutatingCall[] {
  return controlPlane
    .auditLog()
    .filter(({ verb, objectRef }) => verb === 'create' && objectRef?.name === name)
    .flatMap(({ annotations = {} }) => Object.entries(annotations))
    .filter(([key]) => key.startsWith('mutation.webhook.admission.k8s.io/'))
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, value]) => JSON.parse(value) as MutatingCall);
}
