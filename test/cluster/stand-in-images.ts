import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Containers } from './containers.ts';

/**
 * Makes images of this machine's Node.js, npm and a few busybox commands under the names that a Dockerfile's bases
 * have, so that it is built unchanged where no registry can be reached. What the real bases hold is not proven by it.
 */
export function makeStandIns(
  { buildah }: Containers,
  folder: string,
  names: { readonly build: string; readonly run: string },
): void {
  const run = join(folder, 'run-base');
  writeNode(run, 'nodejs/bin/node');
  const build = join(folder, 'build-base');
  writeNode(build, 'usr/local/bin/node');
  for (const path of ['bin', 'usr/bin', 'root', 'usr/local/lib/node_modules']) {
    mkdirSync(join(build, path), { recursive: true });
  }
  copyFileSync(realpathSync('/bin/busybox'), join(build, 'bin/busybox'));
  for (const command of ['sh', 'env', 'cp', 'mkdir', 'cat', 'rm'])
    symlinkSync('busybox', join(build, 'bin', command));
  symlinkSync('../../bin/env', join(build, 'usr/bin/env'));
  cpSync(npmFolder(), join(build, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(build, 'usr/local/bin/npm'));

  const commit = (from: string, name: string, ...configuration: string[]) => {
    const container = buildah('from', 'scratch');
    buildah('add', '--quiet', container, from, '/');
    buildah('config', ...configuration, container);
    buildah('commit', '--quiet', container, name);
    buildah('rm', container);
  };
  commit(build, names.build, '--env=PATH=/usr/local/bin:/usr/bin:/bin');
  commit(run, names.run, '--user=65532:65532', '--entrypoint=["/nodejs/bin/node"]');
}

/** A root file system with Node.js and the libraries it is linked to. */
function writeNode(root: string, path: string): void {
  const node = realpathSync(process.execPath);
  const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  const put = (from: string, to: string) => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(realpathSync(from), join(root, to));
  };
  put(node, path);
  for (const library of libraries) put(library, library);
  for (const name of ['etc', 'tmp']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
}

/** The npm that runs the tests, or the first on PATH. */
function npmFolder(): string {
  const program =
    process.env['npm_execpath'] ?? execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' });
  return dirname(dirname(realpathSync(program.trim())));
}
