import { startCalicoApiServer } from './calico-api-server.ts';
import { renderChart } from './chart.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type CustomResources, installCustomResources } from './custom-resources.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { startTollgate, type TollgateProcess } from './tollgate-process.ts';
import { pointedAt, registerWebhooks, type WebhookConfiguration } from './webhook.ts';

export interface GatedCluster extends Kubectl {
  readonly controlPlane: ControlPlane;
  /** The process that answers at present. */
  tollgate(): TollgateProcess;
  /** Starts tollgate again after it was stopped or killed, with the same conventions unless there are others. */
  restartTollgate(others?: string): Promise<void>;
  stop(): Promise<void>;
}

export interface GatedClusterOptions {
  /** Default: Calico's kinds in both API groups, and Linkerd's. */
  readonly customResources?: readonly CustomResources[];
  readonly conventions?: string;
  /** Calico's own API server of this version serves projectcalico.org, in the place of custom resources. */
  readonly calicoApiServer?: string;
  /** See `ControlPlaneOptions`. */
  readonly controllersShareUser?: boolean;
  /** More values of the chart. */
  readonly values?: Readonly<Record<string, string>>;
  /** More flags of `tollgate serve`. */
  readonly args?: readonly string[];
  /** Called when tollgate is ready, and before its webhooks are registered: for what was there before it. */
  before?(cluster: Kubectl): Promise<void>;
}

/** The user that the chart gives its rights to. */
const serviceAccount = 'system:serviceaccount:tollgate-system:tollgate';

/** What each controller's own account may do, whoever shares one user gives to it. */
const rightsOfControllers = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'controllers' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:kube-controller-manager' }],
};

/**
 * A control plane with controllers, Calico's and Linkerd's kinds, a running tollgate and both webhooks in force.
 * Its rights and the webhooks are those of the chart, the latter with a URL in the place of the Service.
 */
export async function startGatedCluster(options: GatedClusterOptions = {}): Promise<GatedCluster> {
  const { customResources = ['calico/v3', 'calico/v1', 'linkerd'], conventions, calicoApiServer } = options;
  const { controllersShareUser = false, values = {}, args = [] } = options;
  const controlPlane = await startControlPlane({
    controllers: true,
    controllersShareUser,
    audit: 'Metadata',
  });
  let calico: Awaited<ReturnType<typeof startCalicoApiServer>> | undefined;
  try {
    const commands = createKubectl(controlPlane);
    await installCustomResources(controlPlane, customResources);
    if (controllersShareUser) await commands.apply([rightsOfControllers]);
    if (calicoApiServer !== undefined)
      calico = await startCalicoApiServer({ controlPlane, version: calicoApiServer });
    await commands.apply(await renderChart(commands, ['cluster-role.yaml'], values));
    const kubeconfig = await controlPlane.kubeconfigFor(serviceAccount);
    const start = (given = conventions) =>
      startTollgate({ controlPlane, kubeconfig, args, ...(given !== undefined && { conventions: given }) });
    let tollgate = await start();
    await options.before?.(commands);
    const configurations = await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml'], {
      ...values,
      ...(conventions === undefined
        ? {}
        : { 'conventions.source': 'configMap', 'conventions.configMap': 'given' }),
    });
    const { certificate } = controlPlane.authority;
    await registerWebhooks(
      controlPlane,
      configurations.map((one) => pointedAt(one as WebhookConfiguration, tollgate.url, certificate)),
    );
    return {
      ...commands,
      controlPlane,
      tollgate: () => tollgate,
      restartTollgate: async (others) => {
        tollgate = await start(others);
      },
      stop: async () => {
        await tollgate.kill(); // it would drain for seconds, with nobody left to answer
        await calico?.stop();
        await controlPlane.stop();
      },
    };
  } catch (error) {
    await calico?.stop();
    await controlPlane.stop();
    throw error;
  }
}
