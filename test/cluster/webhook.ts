import type { ControlPlane } from './control-plane.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';

/** What is read of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export interface WebhookConfiguration {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly Webhook[];
}

export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    /** PEM in base64. */
    readonly caBundle?: string;
    readonly url?: string;
    readonly service?: { readonly namespace: string; readonly name: string; readonly path?: string };
  };
  readonly [field: string]: unknown;
}

export interface WebhookOptions {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  /** Of the configuration; configurations are called in the order of their names. */
  readonly name: string;
  /** Of its only webhook, fully qualified. */
  readonly webhook: string;
  readonly clientConfig: Webhook['clientConfig'];
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** What of the core group is sent when it is created. */
  readonly resources: readonly string[];
}

/** A configuration with one webhook, for the creation of core resources. */
export function webhookConfiguration(options: WebhookOptions): WebhookConfiguration {
  const { kind, name, webhook, clientConfig, failurePolicy, resources } = options;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [
      {
        name: webhook,
        clientConfig,
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources }],
        failurePolicy,
        sideEffects: 'None',
        timeoutSeconds: 3,
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/** The configuration with each Service replaced by a URL on the same path, for a server outside the cluster. */
export function pointedAt(
  configuration: WebhookConfiguration,
  url: string,
  authority: string,
): WebhookConfiguration {
  const caBundle = Buffer.from(authority).toString('base64');
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { url: `${url}${webhook.clientConfig.service?.path ?? '/'}`, caBundle },
  }));
  return { ...configuration, webhooks };
}

/** Registers webhooks and waits until the API server has called each, for the dry-run of a namespace, a pod or a Service. */
export async function registerWebhooks(
  controlPlane: ControlPlane,
  configurations: readonly WebhookConfiguration[],
): Promise<void> {
  const applied = await createKubectl(controlPlane).apply(configurations);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const names = configurations.flatMap(({ webhooks }) => webhooks.map(({ name }) => name));
  await until(`${names.join(', ')} to be in force`, async () => {
    await controlPlane.api.call('POST', '/api/v1/namespaces?dryRun=All', namespaceProbe);
    await controlPlane.api.call('POST', '/api/v1/namespaces/default/pods?dryRun=All', podProbe);
    await controlPlane.api.call('POST', '/api/v1/namespaces/default/services?dryRun=All', serviceProbe);
    const { text } = await controlPlane.api.text('/metrics');
    return names.every((name) => callsOf(text, name) > 0);
  });
}

const namespaceProbe = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'webhook-probe' } };
const podProbe = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'webhook-probe' },
  spec: { containers: [{ name: 'main', image: 'registry.example/probe:1.0' }] },
};
const serviceProbe = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'webhook-probe' },
  spec: { ports: [{ port: 80 }] },
};

/** How often the API server called a webhook, whatever came of it; the server behind it is not asked. */
function callsOf(metrics: string, name: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_admission_webhook_request_total{'))
    .filter((line) => line.includes(`name="${name}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
