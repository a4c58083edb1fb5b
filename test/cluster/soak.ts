import { issueServing, type KeyPair } from '../../src/certificates/issue.ts';
import { rotationAnnotation } from '../../src/cluster/certificates/secret-source.ts';
import { serve, type RunningServer } from '../../src/main.ts';
import type { ApiObject } from './api-client.ts';
import { renderChart } from './chart.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl } from './kubectl.ts';
import { denyAll, named, namespace as namespaceOf, workload } from './objects.ts';
import { until } from './until.ts';
import type { WebhookConfiguration } from './webhook.ts';

/** How much happens, and how many reviews there are at least. */
export interface SoakPlan {
  readonly reviews: number;
  readonly rotations: number;
  readonly leafSwaps: number;
  readonly apiRestarts: number;
  readonly replicaRestarts: number;
}

export interface SoakReport {
  /** Answered as they should be. */
  readonly right: number;
  /** Answered by tollgate, but otherwise than they should have been. */
  readonly wrong: readonly string[];
  /** Not answered by tollgate, though the API server could ask. */
  readonly failed: readonly string[];
  /** Not sent, since the API server itself was away. */
  readonly unasked: number;
  readonly seconds: number;
  readonly events: readonly string[];
}

const system = 'tollgate-system';
const addresses = ['10.77.0.2', '10.77.0.3'];
const secretPath = `/api/v1/namespaces/${system}/secrets/tollgate-tls`;
const slicePath = `/apis/discovery.k8s.io/v1/namespaces/${system}/endpointslices/tollgate`;
const configurations = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'].map(
  (resource) => `/apis/admissionregistration.k8s.io/v1/${resource}/gate-tollgate`,
);

/**
 * Two replicas behind a Service of a real API server, with failurePolicy Fail for everything, under load without a
 * pause, while certificates are rotated and swapped, replicas restarted one after the other, and the API server killed.
 * Each answer is compared with the one that is due.
 */
export async function soak(plan: SoakPlan, onEvent: (event: string) => void = () => {}): Promise<SoakReport> {
  const controlPlane = await startControlPlane();
  const cluster = await startReplicas(controlPlane);
  try {
    const begun = performance.now();
    const load = startLoad(controlPlane, 6);
    const events: string[] = [];
    const happen = async (event: string, what: () => Promise<void>) => {
      const before = load.sum();
      await what();
      await load.more(200);
      events.push(event);
      onEvent(`${event}: ${load.sum() - before} reviews, ${load.sum()} in all`);
    };
    await load.more(200);
    for (let number = 1; number <= plan.rotations; number++)
      await happen(`rotation of the authority ${number}`, () => rotateAuthority(controlPlane, number));
    for (let number = 1; number <= plan.leafSwaps; number++)
      await happen(`swap of the leaf ${number}`, () => swapLeaf(controlPlane, cluster.replicas()));
    for (let number = 1; number <= plan.replicaRestarts; number++)
      await happen(`restart of a replica ${number}`, () => cluster.restart(number % 2));
    for (let number = 1; number <= plan.apiRestarts; number++)
      await happen(`restart of the API server ${number}`, () =>
        load.whileAway(() => restartApi(controlPlane, cluster)),
      );
    while (load.sum() < plan.reviews) await load.more(Math.min(5000, plan.reviews - load.sum()));
    return { ...(await load.stop()), events, seconds: (performance.now() - begun) / 1000 };
  } finally {
    await cluster.stop();
    await controlPlane.stop();
  }
}

async function startReplicas(controlPlane: ControlPlane) {
  const { api } = controlPlane;
  const commands = createKubectl(controlPlane);
  await installCustomResources(controlPlane, ['calico/v3']);
  const endpoints = (ready: readonly string[]) =>
    ready.map((address) => ({ addresses: [address], conditions: { ready: true } }));
  const applied = await commands.apply([
    namespaceOf(system),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'tollgate', namespace: system },
      spec: { ports: [{ port: 443, targetPort: 8443 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'tollgate', namespace: system, labels: { 'kubernetes.io/service-name': 'tollgate' } },
      addressType: 'IPv4',
      endpoints: endpoints(addresses),
      ports: [{ port: 8443 }],
    },
    ...(await renderChart(commands, ['cluster-role.yaml'])),
    denyAll('harbour', named('harbour')),
    namespaceOf('harbour'),
  ]);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const bound = await commands.apply(await renderChart(commands, ['role.yaml']), `--namespace=${system}`);
  if (bound.code !== 0) throw new Error(bound.stderr);
  const rendered = await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml']);
  const failing = rendered.map((one) => {
    const { webhooks, ...configuration } = one as WebhookConfiguration;
    return { ...configuration, webhooks: webhooks.map((webhook) => ({ ...webhook, failurePolicy: 'Fail' })) };
  });
  const registered = await commands.apply(failing);
  if (registered.code !== 0) throw new Error(registered.stderr);

  const kubeconfig = await controlPlane.kubeconfigFor(`system:serviceaccount:${system}:tollgate`);
  const start = (address: string) =>
    serve({
      kubeconfig,
      address,
      port: 8443,
      namespace: system,
      drainLagMs: 1000,
      ownCertificates: {
        secret: 'tollgate-tls',
        service: 'tollgate',
        configurations: ['gate-tollgate'],
        times: { settleMs: 1500, keepMs: 1500 },
      },
    });
  const replicas: RunningServer[] = [];
  for (const address of addresses) replicas.push(await start(address));
  const ready = () =>
    until('every replica to be ready', () => replicas.every((one) => one.readiness().ready), { seconds: 60 });
  await ready();
  await until('the webhooks to be in force', async () => {
    const { status } = await api.call('POST', '/api/v1/namespaces?dryRun=All', namespaceOf('uncovered'));
    return status === 403;
  });
  return {
    replicas: () => replicas,
    ready,
    /** As in a roll-out: another takes its place at the same address once it has ended. */
    restart: async (index: number) => {
      const [address = '', other = ''] = index === 0 ? addresses : addresses.toReversed();
      await api.call('PATCH', slicePath, { endpoints: endpoints([other]) });
      await replicas[index]?.drain();
      replicas[index] = await start(address);
      await ready();
      await api.call('PATCH', slicePath, { endpoints: endpoints(addresses) });
    },
    stop: async () => {
      for (const { close } of replicas) await close();
    },
  };
}

async function rotateAuthority({ api }: ControlPlane, number: number): Promise<void> {
  const before = fileOf(await api.get(secretPath), 'authority.crt');
  await api.call('PATCH', secretPath, {
    metadata: { annotations: { [rotationAnnotation]: String(number) } },
  });
  await until(
    `rotation ${number} to be over`,
    async () => {
      const now = await api.get(secretPath);
      const isSwitched = fileOf(now, 'authority.crt') !== before && fileOf(now, 'former.crt') === '';
      return isSwitched && (await bundles(api)).every((bundle) => bundle === fileOf(now, 'ca.crt'));
    },
    { seconds: 60 },
  );
}

/** Another leaf of the same authority, as the leader would write one; every replica then serves it. */
async function swapLeaf({ api }: ControlPlane, replicas: readonly RunningServer[]): Promise<void> {
  const secret = await api.get(secretPath);
  const authority: KeyPair = {
    certificate: fileOf(secret, 'authority.crt'),
    key: fileOf(secret, 'authority.key'),
  };
  const hosts = [`tollgate.${system}.svc`];
  const leaf = await issueServing({ authority, hosts, now: new Date(), days: 90 });
  const data = { 'tls.crt': base64(leaf.certificate), 'tls.key': base64(leaf.key) };
  const { status, body } = await api.call('PATCH', secretPath, { data });
  if (status !== 200) throw new Error(body.message);
  await until('every replica to serve the new leaf', () =>
    replicas.every(({ certificate }) => certificate() === leaf.certificate),
  );
}

async function restartApi(
  controlPlane: ControlPlane,
  { ready }: { readonly ready: () => Promise<unknown> },
): Promise<void> {
  await controlPlane.program('kube-apiserver').kill();
  await controlPlane.startApi();
  await ready();
}

type Verdict = 'right' | 'unasked' | { readonly wrong: string } | { readonly failed: string };

/** Four kinds of writes in turn, as dry runs: two that are refused and two that are changed. */
function startLoad({ api }: ControlPlane, clients: number) {
  const report = { right: 0, wrong: [] as string[], failed: [] as string[], unasked: 0 };
  const ending = new AbortController();
  let isAway = false;
  const write = async (number: number): Promise<Verdict> => {
    const wasAway = isAway;
    try {
      return (await writes[number % writes.length]?.(api)) ?? 'unasked';
    } catch (error) {
      // No connection to the API server, so nobody was asked.
      if (wasAway || isAway) return 'unasked';
      return { failed: String(error) };
    }
  };
  const client = async (first: number) => {
    for (let number = first; !ending.signal.aborted; number += 1) {
      const verdict = await write(number);
      if (verdict === 'right') report.right += 1;
      else if (verdict === 'unasked') report.unasked += 1;
      else if ('wrong' in verdict) report.wrong.push(verdict.wrong);
      else if (isAway) report.unasked += 1;
      else report.failed.push(verdict.failed);
      if (isAway) await new Promise((resolve) => void setTimeout(resolve, 20));
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  const sum = () => report.right + report.wrong.length + report.failed.length;
  return {
    sum,
    more: async (count: number) => {
      const end = sum() + count;
      await until(`${count} more reviews`, () => sum() >= end, { seconds: 600 });
    },
    whileAway: async (what: () => Promise<void>) => {
      isAway = true;
      await what();
      isAway = false;
    },
    stop: async () => {
      ending.abort();
      await ended;
      return report;
    },
  };
}

const writes: readonly ((api: ControlPlane['api']) => Promise<Verdict>)[] = [
  async (api) => {
    const { status, body } = await api.call(
      'POST',
      '/api/v1/namespaces?dryRun=All',
      namespaceOf('uncovered'),
    );
    return refused(status, body, 'gate/default-deny-missing');
  },
  async (api) => {
    const path = '/apis/apps/v1/namespaces/harbour/deployments?dryRun=All';
    const { status, body } = await api.call('POST', path, workload('Deployment', 'harbour', 'ship'));
    const { template } = (body['spec'] ?? {}) as { template?: { metadata: { annotations?: object } } };
    if (status !== 201) return { failed: `${status}: ${body.message}` };
    const isMeshed = Object.hasOwn(template?.metadata.annotations ?? {}, 'linkerd.io/inject');
    return isMeshed ? 'right' : { wrong: 'a Deployment came without its annotation' };
  },
  async (api) => {
    const path = '/apis/projectcalico.org/v3/globalnetworkpolicies/harbour?dryRun=All';
    const { status, body } = await api.call('DELETE', path);
    return refused(status, body, 'gate/default-deny-lost');
  },
  async (api) => {
    const path = '/api/v1/namespaces/harbour/services?dryRun=All';
    const metadata = { name: 'pier', namespace: 'harbour' };
    const spec = { selector: { app: 'ship' }, ports: [{ port: 80 }] };
    const { status, body } = await api.call('POST', path, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec,
    });
    return status === 201 ? 'right' : { failed: `${status}: ${body.message}` };
  },
];

function refused(status: number, body: ApiObject, rule: string): Verdict {
  if (status === 403 && body.message?.includes(rule)) return 'right';
  return status === 201 || status === 200
    ? { wrong: `${rule}: it was admitted` }
    : { failed: `${status}: ${body.message}` };
}

async function bundles(api: ControlPlane['api']): Promise<readonly string[]> {
  const found = await Promise.all(configurations.map((path) => api.get(path)));
  return found
    .flatMap((one) => (one as unknown as WebhookConfiguration | undefined)?.webhooks ?? [])
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
}

function fileOf(secret: ApiObject | undefined, name: string): string {
  return Buffer.from(
    (secret?.['data'] as Record<string, string> | undefined)?.[name] ?? '',
    'base64',
  ).toString();
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
