import { writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { issueServing } from '../../src/certificates/issue.ts';
import type { ControlPlane } from './control-plane.ts';
import { type Program, startProgram } from './program.ts';
import { until } from './until.ts';

export interface TollgateOptions {
  readonly controlPlane: ControlPlane;
  /** Kubeconfig file of the user it runs as. */
  readonly kubeconfig: string;
  /** Conventions as YAML; without them the packaged ones hold. */
  readonly conventions?: string;
  /** Default 10.77.0.2, where nobody else listens. */
  readonly address?: string;
  /** Names by which it is called besides its address. */
  readonly hosts?: readonly string[];
  /** More flags. */
  readonly args?: readonly string[];
}

export interface TollgateProcess extends Program {
  /** `https://…`, without a path. */
  readonly url: string;
  /** `http://…/metrics`. */
  readonly metrics: string;
}

/** Starts `tollgate serve` from source and waits until it is ready; its log says why where it does not get there. */
export async function startTollgate(options: TollgateOptions): Promise<TollgateProcess> {
  const { controlPlane, kubeconfig, conventions, address = '10.77.0.2', hosts = [], args = [] } = options;
  const { authority, folder } = controlPlane;
  const write = (name: string, content: string): string => {
    const path = join(folder, `tollgate-${address}-${name}`);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const validity = { now: new Date(), days: 1 };
  const { certificate, key } = await issueServing({ authority, hosts: [address, ...hosts], ...validity });
  const program = startProgram(
    'tollgate',
    process.execPath,
    [
      'src/launch.mjs',
      'serve',
      `--kubeconfig=${kubeconfig}`,
      `--address=${address}`,
      '--port=8443',
      '--metrics-port=9090',
      `--tls-cert=${write('tls.crt', certificate)}`,
      `--tls-key=${write('tls.key', key)}`,
      ...args,
      ...(conventions === undefined ? [] : [`--conventions=${write('conventions.yaml', conventions)}`]),
    ],
    { log: join(folder, `tollgate-${address}.log`), cwd: join(import.meta.dirname, '..', '..') },
  );
  const url = `https://${address}:8443`;
  try {
    await until('tollgate to be ready', async () => {
      return program.ended() !== undefined || (await status(`${url}/readyz`, authority.certificate)) === 200;
    });
    if (program.ended() !== undefined) throw new Error(`tollgate ended (${program.ended()})`);
  } catch (error) {
    await program.stop();
    throw new Error(`tollgate is not ready:\n${program.log()}`, { cause: error });
  }
  return { ...program, url, metrics: `http://${address}:9090/metrics` };
}

function status(url: string, ca: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request(url, { ca, agent: false }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  outgoing.on('error', reject).end();
  return promise;
}
