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
  /** Starts tollgate again, with the same conventions, after it was stopped or killed. */
  restartTollgate(): Promise<void>;
  stop(): Promise<void>;
}

export interface GatedClusterOptions {
  /** Default: Calico's kinds in both API groups, and Linkerd's. */
  readonly customResources?: readonly CustomResources[];
  readonly conventions?: string;
  /** Called when tollgate is ready, and before its webhooks are registered: for what was there before it. */
  before?(cluster: Kubectl): Promise<void>;
}

/** What tollgate may do here: read everything, write nothing. */
const reader = 'tollgate-reader';

/** A control plane with controllers, Calico's and Linkerd's kinds, a running tollgate and both webhooks in force. */
export async function startGatedCluster(options: GatedClusterOptions = {}): Promise<GatedCluster> {
  const { customResources = ['calico/v3', 'calico/v1', 'linkerd'], conventions } = options;
  const controlPlane = await startControlPlane({ controllers: true, audit: 'Metadata' });
  try {
    const commands = createKubectl(controlPlane);
    await installCustomResources(controlPlane, customResources);
    await commands.apply(readEverything('system:serviceaccount:tollgate-system:tollgate'));
    const kubeconfig = await controlPlane.kubeconfigFor('system:serviceaccount:tollgate-system:tollgate');
    const start = () =>
      startTollgate({ controlPlane, kubeconfig, ...(conventions !== undefined && { conventions }) });
    let tollgate = await start();
    await options.before?.(commands);
    const configurations = await renderChart(commands, ['validating-webhook.yaml', 'mutating-webhook.yaml']);
    const { certificate } = controlPlane.authority;
    await registerWebhooks(
      controlPlane,
      configurations.map((one) => pointedAt(one as WebhookConfiguration, tollgate.url, certificate)),
    );
    return {
      ...commands,
      controlPlane,
      tollgate: () => tollgate,
      restartTollgate: async () => {
        tollgate = await start();
      },
      stop: async () => {
        await tollgate.stop();
        await controlPlane.stop();
      },
    };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

function readEverything(user: string): readonly object[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }];
  return [
    { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name: reader }, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: reader },
      roleRef: { apiGroup, kind: 'ClusterRole', name: reader },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  ];
}
