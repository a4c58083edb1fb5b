import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { valueAt } from '../../src/kubernetes/json-pointer.ts';
import { runCheck } from '../support/check-command.ts';
import { startGatedCluster } from './gated-cluster.ts';
import { manifest } from './kubectl.ts';

/** Namespaces are refused or held as their label says; workloads are meshed and get a label. */
const conventions = `
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: reject }
spec:
  calico: { mode: v3crd }
  namespaces: { selector: {}, exclude: [kube-*, default] }
  defaultDeny: { directions: [Ingress, Egress], families: [IPv4, IPv6], onMissing: reject }
  mesh: { inject: enabled }
  labels: [{ key: app.kubernetes.io/name, value: { firstOf: [{ workloadName: {} }] } }]
---
apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: hold }
spec:
  priority: 10
  calico: { mode: v3crd }
  namespaces: { selector: { matchLabels: { gate: hold } } }
  defaultDeny: { directions: [Ingress, Egress], families: [IPv4, IPv6], onMissing: hold }
  mesh: { inject: enabled }
`;

interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const closed = { types: ['Ingress', 'Egress'] };
const covers = {
  none: (): readonly Thing[] => [],
  own: (namespace: string): readonly Thing[] => [
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace },
      spec: closed,
    } as Thing,
  ],
  half: (namespace: string): readonly Thing[] => [
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `half-${namespace}` },
      spec: { namespaceSelector: `kubernetes.io/metadata.name == "${namespace}"`, types: ['Ingress'] },
    } as Thing,
  ],
  global: (namespace: string): readonly Thing[] => [
    {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkPolicy',
      metadata: { name: `deny-${namespace}` },
      spec: { namespaceSelector: `kubernetes.io/metadata.name == "${namespace}"`, ...closed },
    } as Thing,
  ],
} as const;
const pods = {
  plain: {},
  meshed: {
    metadata: {
      annotations: { 'linkerd.io/inject': 'enabled' },
      labels: { 'app.kubernetes.io/name': 'web' },
    },
  },
  'opted out': { metadata: { annotations: { 'linkerd.io/inject': 'disabled' } } },
  'on its node': { spec: { hostNetwork: true } },
} as const;

interface Sample {
  readonly name: string;
  readonly objects: readonly Thing[];
}

/** Every way to govern and to cover a namespace, with every pod in it, in both orders; no two share a namespace. */
function samples(): readonly Sample[] {
  const found: Sample[] = [];
  for (const gate of ['reject', 'hold'])
    for (const [cover, policies] of Object.entries(covers))
      for (const [pod, parts] of Object.entries(pods))
        for (const order of ['first to last', 'last to first']) {
          const namespace = `set-${found.length}`;
          const objects = [
            ...policies(namespace).filter(({ kind }) => kind === 'GlobalNetworkPolicy'),
            { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { gate } } },
            ...policies(namespace).filter(({ kind }) => kind !== 'GlobalNetworkPolicy'),
            workload(namespace, parts),
          ];
          found.push({
            name: `${gate}, ${cover}, ${pod}, ${order}`,
            objects: order === 'first to last' ? objects : objects.toReversed(),
          });
        }
  return found;
}

function workload(namespace: string, parts: { readonly metadata?: object; readonly spec?: object }): Thing {
  const { labels = {}, ...metadata } = (parts.metadata ?? {}) as { readonly labels?: object };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { ...metadata, labels: { app: 'web', ...labels } },
        spec: { containers: [{ name: 'main', image: 'web:1' }], ...parts.spec },
      },
    },
  } as Thing;
}

const folder = mkdtempSync(join(tmpdir(), 'tollgate-equality-'));
const cluster = await startGatedCluster({ conventions });
t.teardown(() => {
  rmSync(folder, { recursive: true });
  return cluster.stop();
});

interface Told {
  readonly severity: string;
  readonly admission: string;
  readonly object: { readonly kind: string; readonly name: string; readonly namespace?: string };
}

t.test('the cluster refuses and patches exactly what check says it would', async (t) => {
  const all = samples();
  t.ok(all.length >= 60, `${all.length} sets`);
  writeFileSync(join(folder, 'conventions.yaml'), conventions);
  const seen = { refused: 0, patched: 0, untouched: 0 };
  for (const { name, objects } of all) {
    writeFileSync(join(folder, 'set.yaml'), manifest(objects));
    const args = ['set.yaml', '--conventions', 'conventions.yaml', '--apply-order', 'kubectl', '-o', 'json'];
    const { findings } = JSON.parse((await runCheck(folder, args)).text) as {
      readonly findings: readonly Told[];
    };
    const applied = await cluster.apply(objects);
    const refused = refusedIn(applied.stderr);
    // What has no namespace yet is refused by the API server itself, before the gate is asked.
    const reached = new Set<string>();
    const existing = new Set<string>();
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (namespace === undefined || existing.has(namespace)) reached.add(nameOf(object));
      if (object.kind === 'Namespace' && !refused.includes(nameOf(object)))
        existing.add(object.metadata.name);
    }
    const told = (outcome: string) =>
      [...new Set(findings.filter(({ admission }) => admission === outcome).map(namesake))]
        .filter((object) => reached.has(object))
        .toSorted();
    seen.refused += refused.length;
    t.same(refused, told('refuse'), `${name}: refused; ${applied.stderr}`);

    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    if (!deployment || !reached.has(nameOf(deployment)) || refused.includes(nameOf(deployment))) continue;
    const { namespace = '' } = deployment.metadata;
    const stored = await cluster.controlPlane.api.get(
      `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
    );
    const isUntouched = isDeepStrictEqual(metadataIn(stored), metadataIn(deployment));
    seen[isUntouched ? 'untouched' : 'patched'] += 1;
    t.equal(isUntouched, !told('add').includes(nameOf(deployment)), `${name}: patched`);
  }
  for (const [what, times] of Object.entries(seen)) t.ok(times > 0, `${times} ${what}`);
});

/** The labels and annotations of a pod template. */
function metadataIn(object: unknown): unknown {
  const { labels = {}, annotations = {} } = valueAt(object, '/spec/template/metadata') as {
    readonly labels?: object;
    readonly annotations?: object;
  };
  return { labels, annotations };
}

function nameOf({ kind, metadata: { name, namespace } }: Thing): string {
  return `${kind.toLowerCase()} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function namesake({ object: { kind, name, namespace } }: Told): string {
  return nameOf({
    apiVersion: '',
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });
}

/** The first rule that refuses an object begins with its kind and name. */
function refusedIn(stderr: string): readonly string[] {
  return [...stderr.matchAll(/denied the request: \S+: (\w+) "([^"]+)"/g)]
    .map(([, kind = '', name = '']) => `${kind.toLowerCase()} ${name}`)
    .toSorted();
}
