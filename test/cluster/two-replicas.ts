import { renderChart } from './chart.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { startTollgate, type TollgateProcess } from './tollgate-process.ts';
import { registerWebhooks, type WebhookConfiguration } from './webhook.ts';

export interface TwoReplicas extends Kubectl {
  readonly controlPlane: ControlPlane;
  readonly replicas: readonly TollgateProcess[];
  stop(): Promise<void>;
}

const own = 'tollgate-system';
const addresses = ['10.77.0.2', '10.77.0.3'];

/** The Service of the chart as if its pods were processes of this machine: the API server chooses between them. */
const reachable = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'tollgate', namespace: own },
    spec: { ports: [{ port: 443, targetPort: 8443 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'tollgate', namespace: own, labels: { 'kubernetes.io/service-name': 'tollgate' } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ port: 8443 }],
  },
];

/** A control plane with two replicas of tollgate behind one Service, and the rights and webhooks of the chart. */
export async function startTwoReplicas(conventions: string): Promise<TwoReplicas> {
  const controlPlane = await startControlPlane({ controllers: true });
  try {
    const commands = createKubectl(controlPlane);
    await installCustomResources(controlPlane, ['calico/v3', 'linkerd']);
    await commands.apply([...reachable, ...(await renderChart(commands, ['cluster-role.yaml']))]);
    await commands.apply(await renderChart(commands, ['role.yaml']), `--namespace=${own}`);
    const kubeconfig = await controlPlane.kubeconfigFor(`system:serviceaccount:${own}:tollgate`);
    const replicas = await Promise.all(
      addresses.map((address) =>
        startTollgate({
          controlPlane,
          kubeconfig,
          conventions,
          address,
          hosts: [`tollgate.${own}.svc`],
          args: [`--namespace=${own}`, '--lease=tollgate'],
        }),
      ),
    );
    const configurations = await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml'], {
      'conventions.source': 'configMap',
      'conventions.configMap': 'given',
    });
    const caBundle = Buffer.from(controlPlane.authority.certificate).toString('base64');
    await registerWebhooks(
      controlPlane,
      configurations.map((one) => withAuthority(one as WebhookConfiguration, caBundle)),
    );
    return {
      ...commands,
      controlPlane,
      replicas,
      stop: async () => {
        for (const replica of replicas) await replica.kill(); // they would drain for seconds
        await controlPlane.stop();
      },
    };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

function withAuthority(configuration: WebhookConfiguration, caBundle: string): WebhookConfiguration {
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle },
  }));
  return { ...configuration, webhooks };
}
