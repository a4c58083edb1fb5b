import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian packages that build and run images without a daemon. */
const debian: Readonly<Record<string, string>> = {
  buildah: 'buildah',
  podman: 'podman',
  runc: 'runc',
  busybox: 'busybox-static',
};

/** Why images cannot be built and run on this machine; undefined where they can. */
export function whyNoContainers(): string | undefined {
  for (const [program, name] of Object.entries(debian)) {
    const folders = (process.env['PATH'] ?? '').split(delimiter);
    if (!folders.some((folder) => isExecutable(join(folder, program)))) {
      return `${program} is not on PATH (Debian package ${name})`;
    }
  }
  const mapped = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/);
  if (mapped.join(' ') !== '0 0 4294967295') return 'building images needs the machine’s own root';
  return undefined;
}

export interface Containers {
  /** Runs `buildah`; returns what it printed, without the last line break. @throws with what it said on failure. */
  readonly buildah: (...args: string[]) => string;
  readonly podman: (...args: string[]) => string;
  /** As `podman`, but an exit code other than 0 is an answer too. */
  readonly tryPodman: (...args: string[]) => { readonly code: number; readonly output: string };
}

/** Buildah and podman with a store of their own below a folder, for machines without cgroup and network set-up. */
export function createContainers(folder: string): Containers {
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, 'containers.conf');
  // crun of Debian 12 refuses mixed cgroups, and podman's default limits may exceed those of the machine.
  writeFileSync(
    configuration,
    [
      '[containers]',
      'default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]',
      'netns = "host"',
      '[engine]',
      'runtime = "runc"',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
    ].join('\n'),
  );
  const store = [`--root=${join(folder, 'storage')}`, `--runroot=${join(folder, 'run')}`];
  const run = (program: string, args: readonly string[]) => {
    const { status, stdout, stderr, error } = spawnSync(program, [...store, ...args], {
      encoding: 'utf8',
      env: { ...process.env, CONTAINERS_CONF: configuration },
      maxBuffer: 64 * 1024 * 1024,
    });
    if (error) throw error;
    return { code: status ?? -1, stdout: stdout.trim(), stderr };
  };
  const orThrow =
    (program: string) =>
    (...args: string[]): string => {
      const { code, stdout, stderr } = run(program, args);
      if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${stdout}\n${stderr}`);
      return stdout;
    };
  return {
    buildah: orThrow('buildah'),
    podman: orThrow('podman'),
    tryPodman: (...args) => {
      const { code, stdout, stderr } = run('podman', args);
      return { code, output: stdout + stderr };
    },
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
