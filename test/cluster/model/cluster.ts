import { renderChart } from '../chart.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import { installCustomResources } from '../custom-resources.ts';
import { createKubectl } from '../kubectl.ts';
import { namespace } from '../objects.ts';
import { startTollgate, type TollgateProcess } from '../tollgate-process.ts';
import { registerWebhooks, type WebhookConfiguration } from '../webhook.ts';
import { createModelClient, type ModelClient } from './client.ts';
import { conventionsText } from './conventions.ts';
import { startInjector } from './injector.ts';
import { beforeTheGate, tenantRole } from './users.ts';

export interface ModelCluster {
  readonly controlPlane: ControlPlane;
  readonly client: ModelClient;
  readonly replicas: readonly TollgateProcess[];
  /** The chart's own default-deny as it is stored, for those who would write its words into another policy. */
  readonly ownDefaultDeny: { readonly spec: unknown };
  /** Makes the API server spread its connections anew over the replicas. */
  readonly shuffle: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const system = 'tollgate-system';
const addresses = ['10.77.0.2', '10.77.0.3'];

/** A namespace of the installation, where the gate looks at no policies; the model writes there too. */
export const foreignNamespace = 'linkerd-viz';

/**
 * A control plane with controllers, the chart's webhooks, two replicas behind its Service, and a stand-in for Linkerd's
 * injector. What cannot be answered is refused, so that whatever is admitted was judged.
 */
export async function startModelCluster(
  options: { readonly controllersShareUser?: boolean } = {},
): Promise<ModelCluster> {
  // From its cache the API server answers each consistent list after up to 100 ms; etcd answers at once.
  const flags = ['--watch-cache=false'];
  const controlPlane = await startControlPlane({ controllers: true, flags, ...options });
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closers.toReversed()) await close();
    await controlPlane.stop();
  };
  try {
    const commands = createKubectl(controlPlane);
    const client = createModelClient(controlPlane);
    closers.push(client.close);
    const applied = async (objects: readonly object[], ...args: string[]) => {
      const { code, stderr } = await commands.apply(objects, ...args);
      if (code !== 0) throw new Error(stderr);
    };
    await installCustomResources(controlPlane, ['calico/v3']);
    const values = {
      'conventions.source': 'configMap',
      'conventions.configMap': 'given',
      'defaultDeny.enabled': 'true',
    };
    const render = (...templates: string[]) => renderChart(commands, templates, values);
    await applied([namespace(system), namespace(foreignNamespace), tenantRole, ...serviceObjects()]);
    await applied(await render('cluster-role.yaml', 'default-deny.yaml'));
    await applied(await render('role.yaml'), `--namespace=${system}`);
    if (options.controllersShareUser === true) await applied([managerBinding]);
    const replicas = [];
    for (const address of addresses) {
      const kubeconfig = await controlPlane.kubeconfigFor(`system:serviceaccount:${system}:tollgate`);
      const replica = await startTollgate({
        controlPlane,
        kubeconfig,
        conventions: conventionsText,
        address,
        hosts: [`tollgate.${system}.svc`],
        args: [`--namespace=${system}`, '--lease=tollgate'],
      });
      replicas.push(replica);
      closers.push(() => replica.kill());
    }
    const configurations = await render('validating-webhook.yaml', 'mutating-webhook.yaml');
    const { certificate } = controlPlane.authority;
    await registerWebhooks(
      controlPlane,
      configurations.map((one) => judgingAll(one as WebhookConfiguration, certificate)),
    );
    const injector = await startInjector(controlPlane);
    closers.push(injector.close);
    const own = await controlPlane.api.get(
      '/apis/projectcalico.org/v3/globalnetworkpolicies/tollgate-default-deny',
    );
    return {
      controlPlane,
      client,
      replicas,
      ownDefaultDeny: { spec: own?.['spec'] },
      shuffle: async () => {
        const probe = namespace('uncovered');
        const asked = Array.from({ length: 6 }, () =>
          client.call('POST', '/api/v1/namespaces?dryRun=All', probe),
        );
        await Promise.all(asked);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A controller manager that speaks as itself alone needs the rights of all its controllers. */
const managerBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'controller-manager' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-controller-manager' }],
};

function serviceObjects(): readonly object[] {
  return [
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
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports: [{ port: 8443 }],
    },
  ];
}

/** The chart's webhooks: nothing passes unjudged, but for what was there before the gate. */
function judgingAll(configuration: WebhookConfiguration, authority: string): WebhookConfiguration {
  const caBundle = Buffer.from(authority).toString('base64');
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle },
    failurePolicy: 'Fail',
    matchConditions: [
      ...((webhook['matchConditions'] as readonly object[] | undefined) ?? []),
      { name: 'after-the-start', expression: `request.userInfo.username != "${beforeTheGate}"` },
    ],
  }));
  return { ...configuration, webhooks };
}
