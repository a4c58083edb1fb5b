import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';

export type Tool = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'helm';

/** Go packages by the name of the program; one command builds each (etcd's would otherwise be called `server`). */
const packages: Readonly<Record<Tool, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  helm: 'helm.sh/helm/v4/cmd/helm',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};
const tools = Object.keys(packages) as Tool[];
const module = join(import.meta.dirname, 'tools');
const environment = { ...process.env, CGO_ENABLED: '0' };

/**
 * The path of a built program.
 * @throws where the test does not run inside `netns.ts`, which finds or builds the programs.
 */
export function toolPath(tool: Tool): string {
  const folder = process.env['TOLLGATE_TOOLS'];
  if (folder === undefined) throw new Error('cluster tests run by `npm run test:cluster` only');
  return join(folder, tool);
}

/** Why cluster tests cannot run on this machine; undefined where they can. Builds nothing. */
export function whyNot(): string | undefined {
  if (platform() !== 'linux') return `network namespaces need Linux, this is ${platform()}`;
  for (const [program, debian] of [
    ['unshare', 'util-linux'],
    ['setpriv', 'util-linux'],
    ['ip', 'iproute2'],
  ] as const) {
    if (!onPath(program)) return `${program} is not on PATH (Debian package ${debian})`;
  }
  const namespace = spawnSync('unshare', [...namespaceArguments(), '--mount-proc', 'true'], {
    encoding: 'utf8',
  });
  if (namespace.status !== 0) return `no network namespace can be made: ${lastLine(namespace.stderr)}`;
  if (findTools() !== undefined) return undefined;
  if (!onPath('go'))
    return `the programs are not built and go is not on PATH (needed: Go ${goVersionNeeded()})`;
  const list = spawnSync('go', ['list', '-m'], { cwd: module, encoding: 'utf8', env: environment });
  if (list.status !== 0) return `go cannot read test/cluster/tools: ${lastLine(list.stderr)}`;
  return undefined;
}

/** Arguments of `unshare` for a network and process namespace; a normal user gets a user namespace around it. */
export function namespaceArguments(): readonly string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return [...user, '--net', '--pid', '--fork', '--kill-child'];
}

/**
 * The folder of the built programs; builds what is missing and writes a line for each to standard error.
 * A cold build takes 5 to 10 minutes on 2 cores, a warm one 20 seconds.
 * @throws with Go's last words where a build fails.
 */
export async function ensureTools(): Promise<string> {
  const found = findTools();
  if (found !== undefined) return found;
  const folder = join(cache(), `${key()}-${goVersion()}`);
  mkdirSync(folder, { recursive: true });
  const missing = tools.filter((tool) => !isExecutable(join(folder, tool)));
  for (const [index, tool] of missing.entries()) {
    process.stderr.write(`building ${tool} (${index + 1} of ${missing.length}) in ${folder}\n`);
    const start = performance.now();
    await build(tool, folder);
    process.stderr.write(`built ${tool} in ${Math.round((performance.now() - start) / 1000)} s\n`);
  }
  return folder;
}

/** Builds under a temporary name and renames, so that a broken-off build is never taken for a whole one. */
async function build(tool: Tool, folder: string): Promise<void> {
  const temporary = join(folder, `.${tool}.${process.pid}`);
  const child = spawn('go', ['build', ...buildFlags(), '-o', temporary, packages[tool]], {
    cwd: module,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject).on('close', resolve);
  const code = await promise;
  if (code === 0) return renameSync(temporary, join(folder, tool));
  rmSync(temporary, { force: true });
  throw new Error(`go build of ${tool} failed (exit code ${String(code)}):\n${words}`);
}

/** A folder with every program built from these sources; where Go is present, only by this very Go version. */
function findTools(): string | undefined {
  const own = onPath('go') ? `${key()}-${goVersion()}` : undefined;
  const folders =
    own === undefined ? entriesOf(cache()).filter((name) => name.startsWith(`${key()}-`)) : [own];
  return folders
    .map((name) => join(cache(), name))
    .find((folder) => tools.every((tool) => isExecutable(join(folder, tool))));
}

function cache(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tollgate-tools');
}

function key(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(module, file)));
  return hash
    .update(JSON.stringify([buildFlags(), packages]))
    .digest('hex')
    .slice(0, 16);
}

/** Without the version flags the server calls itself `v0.0.0-master` and a chart's `kubeVersion` refuses it. */
function buildFlags(): readonly string[] {
  const version = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/m.exec(goMod());
  if (!version) throw new Error('test/cluster/tools/go.mod requires no k8s.io/kubernetes');
  const [, full, major, minor] = version;
  const set = 'k8s.io/component-base/version';
  const values = `-X ${set}.gitVersion=${full} -X ${set}.gitMajor=${major} -X ${set}.gitMinor=${minor}`;
  return ['-trimpath', `-ldflags=-s -w ${values}`];
}

function goVersion(): string {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: module,
    encoding: 'utf8',
  });
  return stdout.trim().split(/\s+/).join('-');
}

function goVersionNeeded(): string {
  return /^go (\S+)$/m.exec(goMod())?.[1] ?? '';
}

function goMod(): string {
  return readFileSync(join(module, 'go.mod'), 'utf8');
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
