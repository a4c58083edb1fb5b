import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { toolPath } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  /** User to impersonate. */
  readonly as?: string;
  /** Which Helm is called; the newest unless said. */
  readonly version?: HelmVersion;
}

/** `helm` is Helm 4, which applies on the server's side; `helm3` is Helm 3, which makes patches of three documents. */
export type HelmVersion = 'helm' | 'helm3';

export interface Kubectl {
  readonly kubectl: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  /** `kubectl apply -f -` of the objects, in this order, with more arguments after it. */
  readonly apply: (objects: readonly object[], ...args: string[]) => Promise<CommandResult>;
  readonly helm: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
}

/** The command lines a user types, against one test cluster. */
export function createKubectl({ kubeconfig, folder }: ControlPlane): Kubectl {
  const cache = `--cache-dir=${join(folder, 'kubectl-cache')}`;
  const kubectl: Kubectl['kubectl'] = (args, { stdin, as } = {}) => {
    const impersonate = as === undefined ? [] : [`--as=${as}`];
    return run(toolPath('kubectl'), [`--kubeconfig=${kubeconfig}`, cache, ...impersonate, ...args], {
      stdin,
    });
  };
  return {
    kubectl,
    apply: (objects, ...args) => kubectl(['apply', '-f', '-', ...args], { stdin: manifest(objects) }),
    helm: (args, { stdin, as, version = 'helm' } = {}) => {
      const impersonate = as === undefined ? [] : [`--kube-as-user=${as}`];
      const home = {
        HELM_CACHE_HOME: join(folder, 'helm'),
        HELM_CONFIG_HOME: join(folder, 'helm'),
        HELM_DATA_HOME: join(folder, 'helm'),
      };
      return run(toolPath(version), [`--kubeconfig=${kubeconfig}`, ...impersonate, ...args], {
        stdin,
        env: home,
      });
    },
  };
}

/** A stream of documents; JSON is YAML. */
export function manifest(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}

/** Runs a command to its end; a minute is the limit. */
function run(
  command: string,
  args: readonly string[],
  options: { readonly stdin: string | undefined; readonly env?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('error', reject).on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  child.stdin.on('error', () => {}).end(options.stdin);
  return promise;
}
