import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { messageOf } from '../../cluster/connection/api-error.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record, records, text } from '../../kubernetes/read.ts';
import {
  configurationInBundle,
  deploymentInBundle,
  documentInBundle,
  eventInBundle,
  gateContainer,
  podInBundle,
} from './own-objects.ts';
import { readWithin } from './read-within.ts';

export interface BundleOptions {
  readonly connection: ApiConnection;
  /** The namespace of the release. */
  readonly namespace: string;
  /** The name of its Deployment. */
  readonly deployment: string;
  /** The version of the program that collects. */
  readonly version: string;
  readonly now: Date;
  /** How long one request may take. */
  readonly patienceMs?: number;
}

/** Files by their names. What could not be read is in `problems.txt`, and the rest is there nevertheless. */
export type Bundle = ReadonlyMap<string, string>;

/**
 * Reads what somebody who helps has to know of a gate: versions, settings, readiness, metrics, conventions, the own
 * webhook configurations, and what the last audit found. No Secret is read, and no variable of any container is kept.
 */
export async function collectBundle(options: BundleOptions): Promise<Bundle> {
  const { namespace, deployment: name, version, now } = options;
  const files = new Map<string, string>();
  const problems: string[] = [];
  const asked = readWithin(options.connection, options.patienceMs ?? 15_000);
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      problems.push(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  };
  const put = (file: string, value: unknown) => files.set(file, `${JSON.stringify(value, undefined, 2)}\n`);

  const cluster = await attempt('the version of Kubernetes', () => asked.json('/version'));
  const calico = await attempt('the version of Calico', () =>
    asked
      .json('/apis/projectcalico.org/v3/clusterinformations/default')
      .catch(() => asked.json('/apis/crd.projectcalico.org/v1/clusterinformations/default')),
  );
  put('versions.json', {
    collectedAt: now.toISOString(),
    collectedBy: `tollgate ${version}`,
    kubernetes: record(cluster)['gitVersion'],
    calico: record(record(calico)['spec'])['calicoVersion'],
  });

  const ofDeployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const deployment = await attempt(`Deployment "${namespace}/${name}"`, () =>
    asked.object(`${ofDeployments}/${name}`),
  );
  if (deployment) put('settings.json', deploymentInBundle(deployment));
  const pods = deployment && (await attempt('pods of the gate', () => asked.podsOf(namespace, deployment)));
  if (pods) put('pods.json', pods.map(podInBundle));
  for (const pod of pods ?? []) {
    const podName = pod.metadata.name ?? '';
    const path = (scheme: string, port: number) =>
      `/api/v1/namespaces/${namespace}/pods/${scheme}${podName}:${port}/proxy`;
    const [https, metrics] = [portOf(pod, 'https'), portOf(pod, 'metrics')];
    const readiness =
      https &&
      (await attempt(`readiness of ${podName}`, () =>
        asked.text(`${path('https:', https)}/readyz`, { verbose: true }),
      ));
    if (readiness !== undefined) files.set(`readiness-${podName}.txt`, String(readiness));
    const numbers =
      metrics && (await attempt(`metrics of ${podName}`, () => asked.text(`${path('', metrics)}/metrics`)));
    if (numbers !== undefined) files.set(`metrics-${podName}.txt`, String(numbers));
  }

  const configurations: unknown[] = [];
  for (const configuration of configurationsOf(deployment)) {
    for (const kind of ['validating', 'mutating']) {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${configuration}`;
      const object = await attempt(`${kind} webhook configuration "${configuration}"`, () =>
        asked.object(path),
      );
      if (object) configurations.push(configurationInBundle(object));
    }
  }
  put('webhook-configurations.json', configurations);

  const documents: unknown[] = [];
  for (const plural of ['conventionpolicies', 'waivers']) {
    const found = await attempt(`${plural}.tollgate.dev`, () =>
      asked.list(`/apis/tollgate.dev/v1alpha1/${plural}`),
    );
    documents.push(...(found ?? []).map(documentInBundle));
  }
  for (const map of conventionMapsOf(deployment)) {
    const object = await attempt(`ConfigMap "${namespace}/${map}"`, () =>
      asked.object(`/api/v1/namespaces/${namespace}/configmaps/${map}`),
    );
    if (object) documents.push({ kind: 'ConfigMap', metadata: { name: map }, data: object['data'] });
  }
  put('conventions.json', documents);

  const events = await attempt('Events that tollgate wrote', () =>
    asked.list('/api/v1/events', { fieldSelector: 'reportingComponent=tollgate.dev/tollgate' }),
  );
  if (events) put('last-audit.json', events.map(eventInBundle));
  if (problems.length > 0) files.set('problems.txt', `${problems.join('\n')}\n`);
  return files;
}

function portOf(pod: KubernetesObject, name: string): number | undefined {
  const ports = records(record(pod['spec'])['containers'])
    .filter((container) => container['name'] === gateContainer)
    .flatMap((container) => records(container['ports']));
  const port = ports.find((candidate) => candidate['name'] === name)?.['containerPort'];
  return typeof port === 'number' ? port : undefined;
}

/** The names after `--webhook-configuration`, as the chart writes them. */
function configurationsOf(deployment: KubernetesObject | undefined): readonly string[] {
  const flag = '--webhook-configuration=';
  const args = records(podOf(deployment)['containers']).flatMap(({ args: given }) =>
    Array.isArray(given) ? given.map(text) : [],
  );
  return args.filter((argument) => argument.startsWith(flag)).map((argument) => argument.slice(flag.length));
}

/** The ConfigMaps with conventions that the chart mounts. */
function conventionMapsOf(deployment: KubernetesObject | undefined): readonly string[] {
  return records(podOf(deployment)['volumes'])
    .filter(({ name }) => name === 'conventions')
    .map(({ configMap }) => text(record(configMap)['name']))
    .filter((name) => name !== '');
}

function podOf(deployment: KubernetesObject | undefined): Readonly<Record<string, unknown>> {
  return record(record(record(deployment?.['spec'])['template'])['spec']);
}
