import type { ControlPlane } from './control-plane.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';

export interface WebhookRule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
  readonly resources: readonly string[];
}

/** One webhook in a configuration of its own, both of this name. */
export interface WebhookRegistration {
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration';
  /** Fully qualified; configurations are called in the order of their names. */
  readonly name: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** A URL, or the path of a Service that listens on 443. */
  readonly target: string | { readonly namespace: string; readonly name: string; readonly path: string };
  /** PEM; what the server's certificate is signed by. */
  readonly caBundle: string;
  readonly rules: readonly WebhookRule[];
  readonly namespaceSelector?: object;
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
}

/** Registers webhooks and waits until the API server has called each of them for the dry-run of a namespace. */
export async function registerWebhooks(
  controlPlane: ControlPlane,
  registrations: readonly WebhookRegistration[],
): Promise<void> {
  const applied = await createKubectl(controlPlane).apply(registrations.map(configuration));
  if (applied.code !== 0) throw new Error(applied.stderr);
  const probe = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'webhook-probe' } };
  await until(`${registrations.map(({ name }) => name).join(' and ')} to be in force`, async () => {
    await controlPlane.api.call('POST', '/api/v1/namespaces?dryRun=All', probe);
    const { text } = await controlPlane.api.text('/metrics');
    return registrations.every(({ name }) => callsOf(text, name) > 0);
  });
}

/** How often the API server called a webhook, whatever came of it; the backend is not asked. */
function callsOf(metrics: string, name: string): number {
  return metrics
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_admission_webhook_request_total{') && line.includes(`name="${name}"`),
    )
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

function configuration(registration: WebhookRegistration): object {
  const { kind, name, target, failurePolicy, rules, namespaceSelector, matchConditions } = registration;
  const caBundle = Buffer.from(registration.caBundle).toString('base64');
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig: typeof target === 'string' ? { url: target, caBundle } : { service: target, caBundle },
        rules,
        failurePolicy,
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: 3,
        admissionReviewVersions: ['v1'],
        ...(namespaceSelector && { namespaceSelector }),
        ...(matchConditions && { matchConditions }),
      },
    ],
  };
}
