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
  readonly rules?: readonly WebhookRule[];
  readonly [field: string]: unknown;
}

export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly string[];
  readonly resources: readonly string[];
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
  /** Of a mutating one: whether it is called again when a later one has changed the object. Default: Never. */
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
}

/** A configuration with one webhook, for the creation of core resources. */
export function webhookConfiguration(options: WebhookOptions): WebhookConfiguration {
  const { kind, name, webhook, clientConfig, failurePolicy, resources, reinvocationPolicy } = options;
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
        ...(reinvocationPolicy && { reinvocationPolicy }),
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

/**
 * Registers webhooks and waits until the API server has called each, for the dry-run of an object it has a rule for.
 * @throws where a webhook has a rule for none of the probes.
 */
export async function registerWebhooks(
  controlPlane: ControlPlane,
  configurations: readonly WebhookConfiguration[],
): Promise<void> {
  const applied = await createKubectl(controlPlane).apply(configurations);
  if (applied.code !== 0) throw new Error(applied.stderr);
  const webhooks = configurations.flatMap(({ webhooks }) => webhooks);
  const needed: Probe[] = [];
  for (const probe of new Set(webhooks.flatMap(probesFor)))
    if ((await controlPlane.api.text(probe.path)).status === 200) needed.push(probe);
  await until(`${webhooks.map(({ name }) => name).join(', ')} to be in force`, async () => {
    for (const { path, object } of needed) await controlPlane.api.call('POST', `${path}?dryRun=All`, object);
    const { text } = await controlPlane.api.text('/metrics');
    return webhooks.every(({ name }) => callsOf(text, name) > 0);
  });
}

interface Probe {
  readonly resource: string;
  readonly path: string;
  readonly object: object;
}

const metadata = { name: 'webhook-probe' };
const probes: readonly Probe[] = [
  {
    resource: 'namespaces',
    path: '/api/v1/namespaces',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata },
  },
  {
    resource: 'services',
    path: '/api/v1/namespaces/default/services',
    object: { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } },
  },
  {
    resource: 'pods',
    path: '/api/v1/namespaces/default/pods',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers: [{ name: 'main', image: 'registry.example/probe:1.0' }] },
    },
  },
  // In whichever of the groups is served.
  ...['projectcalico.org/v3', 'crd.projectcalico.org/v1'].map((apiVersion) => ({
    resource: 'networksets',
    path: `/apis/${apiVersion}/namespaces/default/networksets`,
    object: { apiVersion, kind: 'NetworkSet', metadata, spec: { nets: [] } },
  })),
  {
    resource: 'serviceaccounts',
    path: '/api/v1/namespaces/kube-system/serviceaccounts',
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, labels: { a: 'b' } } },
  },
];

function probesFor({ name, rules = [] }: Webhook): readonly Probe[] {
  const created = rules.filter(({ operations }) => operations.includes('CREATE'));
  const resources = new Set(created.flatMap(({ resources }) => resources));
  const first = probes.find(({ resource }) => resources.has(resource));
  if (!first) throw new Error(`no probe for ${name}: it has no rule for the creation of one of them`);
  return probes.filter(({ resource }) => resource === first.resource);
}

/** How often the API server called a webhook, whatever came of it; the server behind it is not asked. */
function callsOf(metrics: string, name: string): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith('apiserver_admission_webhook_request_total{'))
    .filter((line) => line.includes(`name="${name}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
