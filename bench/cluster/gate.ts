import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';

/** The bundled server on a made-up cluster, each a process of its own, the server as if it were in a pod. */
export interface Gate {
  readonly port: number;
  /** PEM file of the authority that signed its certificate. */
  readonly ca: string;
  /** From the start of the process until it listened, and until it knew the cluster; in milliseconds. */
  readonly listening: number;
  readonly ready: number;
  /** CPU seconds until it listened. */
  readonly cpuListening: number;
  /** CPU seconds so far. */
  readonly cpu: () => number;
  /** Resident memory in MiB, now and at the most. */
  readonly rss: () => { readonly now: number; readonly most: number };
  readonly stop: () => void;
}

export interface GateOptions {
  readonly namespaces: number;
  /** Whether there is more than namespaces, accounts and policies. */
  readonly hasWorkloads?: boolean;
  /** How many pods the audit has to read; default: none. */
  readonly pods?: number;
  /** For Node itself; by default those of a container. */
  readonly flags?: readonly string[];
  readonly settings?: readonly string[];
}

const mounted = '/run/secrets/kubernetes.io/serviceaccount';

interface Cluster {
  readonly url: string;
  /** PEM. */
  readonly authority: string;
}

/** What Node chooses for itself in a container of 512 MiB, the limit of the chart; on a large machine it takes more. */
const asInContainer = ['--max-old-space-size=256', '--max-semi-space-size=4'];

/** Starts both, and waits until the server is ready; `npm run build` has to come first. */
export async function startGate({
  namespaces,
  hasWorkloads = true,
  pods = 0,
  flags = asInContainer,
  settings = [],
}: GateOptions): Promise<Gate> {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const now = new Date();
  const authority = await issueAuthority({ now, days: 1 });
  const serving = await issueServing({ authority, now, days: 1, hosts: ['localhost', '127.0.0.1'] });
  const ca = write('ca.crt', authority.certificate);
  const api = fork(
    new URL('./api-server.ts', import.meta.url),
    [String(namespaces), String(hasWorkloads), String(pods)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  const [cluster] = (await once(api, 'message')) as [Cluster];
  const begun = performance.now();
  const { hostname, port: apiPort } = new URL(cluster.url);
  const account = write('token', 'bench') && write('mounted-ca.crt', cluster.authority) && folder;
  const program = spawn(
    'unshare',
    [
      '--mount',
      'sh',
      '-ec',
      // Where a kubelet mounts the service account; nobody outside sees it.
      `mount -t tmpfs tmpfs /run && mkdir -p ${mounted} && cp ${account}/token ${mounted}/ && cp ${account}/mounted-ca.crt ${mounted}/ca.crt && exec "$@"`,
      'sh',
      process.execPath,
      ...flags,
      'dist/tollgate.mjs',
      'serve',
      '--address=127.0.0.1',
      '--port=0',
      `--tls-cert=${write('tls.crt', serving.certificate)}`,
      `--tls-key=${write('tls.key', serving.key)}`,
      ...settings,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: apiPort },
    },
  );
  const stop = () => {
    program.kill('SIGKILL');
    api.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = await portOf(program);
    const listening = performance.now() - begun;
    const cpu = () => {
      const fields = readFileSync(`/proc/${program.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    };
    const cpuListening = cpu();
    while ((await status(port, ca)) !== 200) await pause(5);
    const memory = (name: string) =>
      Number(
        new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1],
      ) / 1024;
    return {
      port,
      ca,
      listening,
      ready: performance.now() - begun,
      cpu,
      cpuListening,
      rss: () => ({ now: memory('VmRSS'), most: memory('VmHWM') }),
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  }
}

function portOf(program: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let text = '';
  const read = (chunk: string) => {
    text += chunk;
    const port = /"url":"https:[^"]*:(\d+)","msg":"listening"/.exec(text)?.[1];
    if (port === undefined) return;
    program.stdout?.off('data', read).resume();
    resolve(Number(port));
  };
  program.stdout?.setEncoding('utf8').on('data', read);
  program.on('exit', () => reject(new Error(`tollgate ended: ${text}`)));
  return promise;
}

function status(port: number, ca: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  request({ host: '127.0.0.1', port, path: '/readyz', ca: readFileSync(ca), agent: false }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  })
    .on('error', () => resolve(0))
    .end();
  return promise;
}
