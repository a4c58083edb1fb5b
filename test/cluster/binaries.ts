import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';

export type Tool = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl' | 'helm' | 'helm3';

/** A Go module that programs are built from. */
interface ToolModule {
  readonly folder: string;
  /** Go packages by the name of the program; one command builds each (etcd's would otherwise be called `server`). */
  readonly packages: Readonly<Partial<Record<Tool, string>>>;
}

const newest: ToolModule = {
  folder: join(import.meta.dirname, 'tools'),
  packages: {
    etcd: 'go.etcd.io/etcd/server/v3',
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    helm: 'helm.sh/helm/v4/cmd/helm',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
};
/** What differs in a cluster of the oldest Kubernetes that the chart supports; users come with new command lines. */
const oldest: ToolModule = {
  folder: join(import.meta.dirname, 'tools/oldest'),
  packages: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
};
/** The Helm of many who have not gone on to Helm 4 yet. */
const formerHelm: ToolModule = {
  folder: join(import.meta.dirname, 'tools/helm3'),
  packages: { helm3: 'helm.sh/helm/v3/cmd/helm' },
};
const environment = { ...process.env, CGO_ENABLED: '0' };

/** The modules of the cluster that is asked for, by whose programs come first. */
function wantedModules(): readonly ToolModule[] {
  const wanted = process.env['TOLLGATE_TEST_KUBERNETES'] ?? 'newest';
  if (wanted === 'newest') return [newest, formerHelm];
  if (wanted === 'oldest') return [oldest, newest, formerHelm];
  throw new Error(`TOLLGATE_TEST_KUBERNETES is ${JSON.stringify(wanted)}, expected newest or oldest`);
}

/**
 * The path of a built program.
 * @throws where the test does not run inside `netns.ts`, which finds or builds the programs.
 */
export function toolPath(tool: Tool): string {
  const folders = process.env['TOLLGATE_TOOLS'];
  if (folders === undefined) throw new Error('cluster tests run by `npm run test:cluster` only');
  const path = folders
    .split(delimiter)
    .map((folder) => join(folder, tool))
    .find(isExecutable);
  if (path === undefined) throw new Error(`${tool} is not in ${folders}`);
  return path;
}

/** The Kubernetes of the test cluster: `1.36.3`. */
export function kubernetesVersion(): string {
  const [first = newest] = wantedModules();
  return versionOf(first).full.slice(1);
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
  return wantedModules()
    .map(whyNotBuilt)
    .find((why) => why !== undefined);
}

function whyNotBuilt(module: ToolModule): string | undefined {
  if (findTools(module) !== undefined) return undefined;
  if (!onPath('go'))
    return `the programs are not built and go is not on PATH (needed: Go ${goVersionNeeded(module)})`;
  const list = spawnSync('go', ['list', '-m'], { cwd: module.folder, encoding: 'utf8', env: environment });
  if (list.status !== 0) return `go cannot read ${module.folder}: ${lastLine(list.stderr)}`;
  return undefined;
}

/** Arguments of `unshare` for a network and process namespace; a normal user gets a user namespace around it. */
export function namespaceArguments(): readonly string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return [...user, '--net', '--pid', '--fork', '--kill-child'];
}

/**
 * The folders of the built programs, as PATH has them; builds what is missing and writes a line for each to standard
 * error. A cold build takes 5 to 10 minutes on 2 cores, and as long again for the oldest Kubernetes; a warm one 20 seconds.
 * @throws with Go's last words where a build fails.
 */
export async function ensureTools(): Promise<string> {
  const folders: string[] = [];
  for (const module of wantedModules()) folders.push(findTools(module) ?? (await buildTools(module)));
  return folders.join(delimiter);
}

async function buildTools(module: ToolModule): Promise<string> {
  const folder = join(cache(), `${key(module)}-${goVersion(module)}`);
  mkdirSync(folder, { recursive: true });
  const missing = toolsOf(module).filter(([tool]) => !isExecutable(join(folder, tool)));
  for (const [index, [tool, path]] of missing.entries()) {
    const what = module === formerHelm ? tool : `${tool} of Kubernetes ${versionOf(module).full}`;
    process.stderr.write(`building ${what} (${index + 1} of ${missing.length}) in ${folder}\n`);
    const start = performance.now();
    await build(module, path, join(folder, tool));
    process.stderr.write(`built ${what} in ${Math.round((performance.now() - start) / 1000)} s\n`);
  }
  return folder;
}

function toolsOf({ packages }: ToolModule): readonly (readonly [tool: string, path: string])[] {
  return Object.entries(packages);
}

/** Builds under a temporary name and renames, so that a broken-off build is never taken for a whole one. */
async function build(module: ToolModule, path: string, output: string): Promise<void> {
  const temporary = `${output}.${process.pid}`;
  const child = spawn('go', ['build', ...buildFlags(module), '-o', temporary, path], {
    cwd: module.folder,
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
  if (code === 0) return renameSync(temporary, output);
  rmSync(temporary, { force: true });
  throw new Error(`go build of ${path} failed (exit code ${String(code)}):\n${words}`);
}

/** A folder with every program built from these sources; where Go is present, only by this very Go version. */
function findTools(module: ToolModule): string | undefined {
  const own = onPath('go') ? `${key(module)}-${goVersion(module)}` : undefined;
  const folders =
    own === undefined ? entriesOf(cache()).filter((name) => name.startsWith(`${key(module)}-`)) : [own];
  return folders
    .map((name) => join(cache(), name))
    .find((folder) => toolsOf(module).every(([tool]) => isExecutable(join(folder, tool))));
}

function cache(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tollgate-tools');
}

function key(module: ToolModule): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(module.folder, file)));
  return hash
    .update(JSON.stringify([buildFlags(module), module.packages]))
    .digest('hex')
    .slice(0, 16);
}

/** Without the version flags the server calls itself `v0.0.0-master` and a chart's `kubeVersion` refuses it. */
function buildFlags(module: ToolModule): readonly string[] {
  if (module === formerHelm) return ['-trimpath', '-ldflags=-s -w'];
  const { full, major, minor } = versionOf(module);
  const set = 'k8s.io/component-base/version';
  const values = `-X ${set}.gitVersion=${full} -X ${set}.gitMajor=${major} -X ${set}.gitMinor=${minor}`;
  return ['-trimpath', `-ldflags=-s -w ${values}`];
}

function versionOf(module: ToolModule): {
  readonly full: string;
  readonly major: string;
  readonly minor: string;
} {
  const version = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/m.exec(goMod(module));
  if (!version) throw new Error(`${module.folder}/go.mod requires no k8s.io/kubernetes`);
  const [, full = '', major = '', minor = ''] = version;
  return { full, major, minor };
}

function goVersion(module: ToolModule): string {
  const { stdout } = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: module.folder,
    encoding: 'utf8',
  });
  return stdout.trim().split(/\s+/).join('-');
}

function goVersionNeeded(module: ToolModule): string {
  return /^go (\S+)$/m.exec(goMod(module))?.[1] ?? '';
}

function goMod({ folder }: ToolModule): string {
  return readFileSync(join(folder, 'go.mod'), 'utf8');
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
