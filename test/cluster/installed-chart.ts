import type { Test } from 'tap';
import { chartFolder } from './chart.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCustomResources } from './custom-resources.ts';
import { type CommandResult, createKubectl, type Kubectl } from './kubectl.ts';
import { type Kubelet, startKubelet } from './kubelet.ts';
import { startSteadyLoad } from './steady-load.ts';
import { createPodRunner, type PodRunner } from './tollgate-pod.ts';
import { until } from './until.ts';

export interface ChartCluster extends Kubectl {
  readonly controlPlane: ControlPlane;
  readonly pods: PodRunner;
  readonly kubelet: Kubelet;
  /** `helm install` or `helm upgrade` of release `tollgate` in `tollgate-system`, which waits; values over the suite's own. */
  readonly release: (
    command: 'install' | 'upgrade',
    image: string,
    values?: object,
    options?: { readonly chart?: string; readonly args?: readonly string[] },
  ) => Promise<CommandResult>;
  /** `helm COMMAND` for the release, which waits. */
  readonly helmWaits: (...command: readonly string[]) => Promise<CommandResult>;
  /** Asks for a namespace that nobody covers, without storing it. */
  readonly createNamespace: () => Promise<CommandResult>;
  /** Resolves when such a namespace is refused. */
  readonly closed: () => Promise<boolean>;
  /** Names of all webhook configurations. */
  readonly configurations: () => Promise<readonly string[]>;
  readonly readyEndpoints: () => Promise<number>;
  /** Asserts that a command succeeded; where it did not, the replicas say why. */
  readonly succeeded: (t: Test, result: CommandResult) => void;
  /** Asserts that something succeeds, and that meanwhile no write fails and none gets past the gate. */
  readonly underLoad: (t: Test, command: () => Promise<CommandResult>) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const own = '--namespace=tollgate-system';
export const admissionGroup = '/apis/admissionregistration.k8s.io/v1';
export const configurationKinds = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];

/**
 * A control plane with controllers, and in the place of nodes a kubelet that runs the pods of the chart as processes.
 * @param programs the program of each image tag; the one of this checkout for those that are not named
 */
export async function startChartCluster(
  programs: Readonly<Record<string, string>> = {},
): Promise<ChartCluster> {
  const controlPlane = await startControlPlane({ controllers: true, audit: 'Metadata' });
  const { api } = controlPlane;
  const commands = createKubectl(controlPlane);
  const { helm, kubectl } = commands;
  await installCustomResources(controlPlane, ['calico/v3', 'linkerd']);
  const pods = await createPodRunner(controlPlane, programs);
  const kubelet = await startKubelet({
    api,
    namespace: 'tollgate-system',
    addresses: ['10.77.0.2', '10.77.0.3', '10.77.0.4', '10.77.0.5'],
    run: pods.run,
  });
  const wait = ['--wait', '--timeout=50s'];
  const succeeded: ChartCluster['succeeded'] = (t, { code, stderr }) => {
    if (!t.equal(code, 0, stderr)) t.comment(pods.logs(), kubelet.errors);
  };
  const createNamespace = () => kubectl(['create', 'namespace', 'uncovered', '--dry-run=server']);
  return {
    ...commands,
    controlPlane,
    pods,
    kubelet,
    release: (command, image, values = {}, { chart = chartFolder, args = [] } = {}) => {
      const create = command === 'install' ? ['--create-namespace'] : [];
      const fixed = { image: { tag: image }, server: { drainSeconds: 3 }, defaultDeny: { enabled: true } };
      return helm([command, 'tollgate', chart, own, ...create, ...wait, ...args, '--values=-'], {
        stdin: JSON.stringify({ ...fixed, ...values }),
      });
    },
    helmWaits: (command, ...rest) => helm([command ?? '', 'tollgate', ...rest, own, ...wait]),
    createNamespace,
    closed: () =>
      until('the gate to refuse', async () => {
        const { code, stderr } = await createNamespace();
        if (stderr.includes('gate/default-deny-missing') && code !== 0) return true;
        throw new Error(`${code}: ${stderr}`);
      }),
    configurations: async () => {
      const lists = await Promise.all(
        configurationKinds.map((kind) => api.list(`${admissionGroup}/${kind}`)),
      );
      return lists.flat().map(({ metadata }) => metadata.name);
    },
    readyEndpoints: async () => {
      const slices = await api.list('/apis/discovery.k8s.io/v1/namespaces/tollgate-system/endpointslices');
      const endpoints = slices.flatMap(
        (slice) => slice['endpoints'] as { conditions: { ready: boolean } }[] | null,
      );
      return endpoints.filter((endpoint) => endpoint?.conditions.ready).length;
    },
    succeeded,
    underLoad: async (t, command) => {
      const load = startSteadyLoad(controlPlane);
      const result = await command();
      const { enforced, unenforced, failed } = await load.stop();
      succeeded(t, result);
      t.same(
        { unenforced, failed },
        { unenforced: 0, failed: [] },
        `${enforced} writes, all of them enforced`,
      );
      t.ok(enforced > 50, 'and it was a load');
    },
    stop: async () => {
      await kubelet.stop();
      await controlPlane.stop();
    },
  };
}
