import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { bundleProgram } from '../../.ci/bundle.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Pod, PodProcess } from './kubelet.ts';
import { type Program, startProgram } from './program.ts';

/** What is read of a pod that runs tollgate. */
interface TollgatePodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly [
    {
      readonly image: string;
      readonly args: readonly string[];
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    },
  ];
  readonly volumes?: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string };
    readonly configMap?: { readonly name: string };
  }[];
}

export interface TollgatePod extends PodProcess {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
  readonly program: Program;
  /** Falls silent, and for so long nobody notices: as when the node is lost, and the node controller still waits. */
  readonly loseNode: (unnoticed: number) => void;
}

export interface PodRunner {
  readonly run: (pod: Pod, address: string) => Promise<TollgatePod>;
  /** The processes that have been started and have not ended. */
  readonly running: () => readonly TollgatePod[];
  /** Keeps processes from starting, as an image that cannot be pulled does, until the function returned is called. */
  readonly holdStarts: () => () => void;
  /** What every process wrote, for a failure's message. */
  readonly logs: () => string;
}

/**
 * Runs the pods of the chart as processes of the program that images hold, with the arguments and volumes of their
 * spec. All share one network namespace, so each listens on its own address only, and a kubeconfig stands in for the
 * mounted token.
 * @param programs folders of programs by the tag of the image; any other tag has the program of this checkout
 */
export async function createPodRunner(
  controlPlane: ControlPlane,
  programs: Readonly<Record<string, string>> = {},
): Promise<PodRunner> {
  const own = join(controlPlane.folder, 'program');
  await bundleProgram(join(import.meta.dirname, '..', '..'), own);
  const pods: TollgatePod[] = [];
  let mayStart: Promise<void> = Promise.resolve();
  const run = async (pod: Pod, address: string): Promise<TollgatePod> => {
    await mayStart;
    const { name, namespace = '' } = pod.metadata;
    const { containers, serviceAccountName, volumes = [] } = pod.spec as unknown as TollgatePodSpec;
    const [{ image, args, volumeMounts = [] }] = containers;
    const folder = join(controlPlane.folder, name);
    mkdirSync(folder, { recursive: true });
    const paths = new Map<string, string>();
    for (const { name: volume, mountPath } of volumeMounts) {
      const source = volumes.find((one) => one.name === volume);
      if (!source?.secret && !source?.configMap) continue;
      const path = join(folder, volume);
      await writeVolume(controlPlane, namespace, source, path);
      paths.set(mountPath, path);
    }
    const here = (arg: string) => [...paths].reduce((text, [from, to]) => text.replace(from, to), arg);
    const user = `system:serviceaccount:${namespace}:${serviceAccountName}`;
    const kubeconfig = await controlPlane.kubeconfigFor(user);
    const program = startProgram(
      name,
      process.execPath,
      [
        join(programs[image.split(':').at(-1) ?? ''] ?? own, 'tollgate.mjs'),
        ...args.filter((arg) => !arg.startsWith('--address=')).map(here),
        `--address=${address}`,
        `--kubeconfig=${kubeconfig}`,
      ],
      { log: join(folder, 'log'), cwd: folder },
    );
    let unnoticedUntil = 0;
    const port = Number(args.find((arg) => arg.startsWith('--port='))?.slice('--port='.length));
    const started: TollgatePod = {
      pod: name,
      address,
      port,
      program,
      ready: async () =>
        (await status(address, port, '/readyz')) === 200 || performance.now() < unnoticedUntil,
      ended: () => program.ended() !== undefined,
      loseNode: (unnoticed) => {
        unnoticedUntil = performance.now() + unnoticed;
        program.signal('SIGSTOP');
      },
      stop: (graceSeconds) => program.stop(graceSeconds),
    };
    pods.push(started);
    return started;
  };
  return {
    run,
    running: () => pods.filter(({ program }) => program.ended() === undefined),
    holdStarts: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      mayStart = promise;
      return resolve;
    },
    logs: () =>
      pods.map(({ pod, program }) => `${pod} (${program.ended() ?? 'runs'}):\n${program.log()}`).join('\n'),
  };
}

async function writeVolume(
  { api }: ControlPlane,
  namespace: string,
  volume: NonNullable<TollgatePodSpec['volumes']>[number],
  path: string,
): Promise<void> {
  const [resource, name] = volume.secret
    ? ['secrets', volume.secret.secretName]
    : ['configmaps', volume.configMap?.name ?? ''];
  const object = await api.get(`/api/v1/namespaces/${namespace}/${resource}/${name}`);
  if (!object) throw new Error(`${resource}/${name} is not there to be mounted`);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  for (const [key, text] of Object.entries(object['data'] as Readonly<Record<string, string>>)) {
    writeFileSync(join(path, key), resource === 'secrets' ? Buffer.from(text, 'base64') : text);
  }
}

/** The status of an answer; 0 where there is none. Like a kubelet, this does not ask whose certificate it is. */
function status(host: string, port: number, path: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const options = { host, port, path, agent: false, rejectUnauthorized: false, timeout: 2000 };
  const outgoing = request(options, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  outgoing.on('timeout', () => outgoing.destroy());
  outgoing.on('error', () => resolve(0)).end();
  return promise;
}
