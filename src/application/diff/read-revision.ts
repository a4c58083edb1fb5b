import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { TollgateError } from '../../errors.ts';

/** A revision of a repository, and what of it is meant. */
export interface Revision {
  /** As it was written: `git:main:deploy`. */
  readonly written: string;
  readonly revision: string;
  /** A folder below the one that the command runs in; `.` for all of it. */
  readonly path: string;
}

/** Reads `git:REV` or `git:REV:FOLDER`; undefined for anything else. */
export function revisionOf(text: string): Revision | undefined {
  const [, revision, path] = /^git:([^:]+)(?::(.+))?$/.exec(text) ?? [];
  if (revision === undefined) return undefined;
  return { written: text, revision, path: path?.replaceAll(/^\.\/|\/+$/g, '') || '.' };
}

/**
 * Writes the files of a revision that may be manifests into a folder of their own for as long as somebody reads them. The
 * user's own git tells what they hold, as it is stored: nothing of the working tree or the index changes, and no filter runs.
 * @param folder where the command runs; names of files are from there
 * @throws TollgateError where git does not know the revision or the folder
 */
export async function withRevision<Result>(
  { path, revision, written }: Revision,
  folder: string,
  read: (root: string) => Promise<Result>,
): Promise<Result> {
  const git = (args: readonly string[], input = '') => {
    const { error, status, stderr, stdout } = spawnSync('git', args, { cwd: folder, input, maxBuffer: 1e9 });
    if (!error && status === 0) return stdout;
    const isMissing = error !== undefined && 'code' in error && error.code === 'ENOENT';
    const said = error?.message ?? stderr.toString().trim().split('\n').at(-1);
    const reason = isMissing ? 'there is no git on the PATH' : (said ?? 'git failed');
    throw new TollgateError('ERR_REVISION', { revision: written, reason });
  };
  const named = (name: string) => git(['rev-parse', '--verify', '--end-of-options', name]).toString().trim();
  const prefix = git(['rev-parse', '--show-prefix']).toString().trim();
  const below = `${prefix}${path === '.' ? '' : path}`.replace(/\/$/, '');
  const tree = named(`${named(`${revision}^{commit}`)}:${below}`);
  const files = filesOf(git(['ls-tree', '-r', '-z', '--end-of-options', tree]).toString());
  const contents = contentsOf(git(['cat-file', '--batch'], files.map(({ id }) => `${id}\n`).join('')));
  const root = mkdtempSync(join(tmpdir(), 'tollgate-diff-'));
  try {
    mkdirSync(join(root, path), { recursive: true });
    for (const [index, { name }] of files.entries()) {
      const file = join(root, path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents[index] ?? '');
    }
    return await read(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface StoredFile {
  readonly id: string;
  readonly name: string;
}

/** The files of a tree with the endings of manifests; links and submodules are no files of it, and none leads out of it. */
function filesOf(listed: string): readonly StoredFile[] {
  return listed.split('\0').flatMap((line): readonly StoredFile[] => {
    const [, id, name] = /^100\d{3} blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    const isManifest = /\.(?:ya?ml|json)$/i.test(name ?? '') && !name?.split('/').includes('..');
    return id !== undefined && name !== undefined && isManifest ? [{ id, name }] : [];
  });
}

/** What `git cat-file --batch` says of each: a line with the size, the content and the end of a line. */
function contentsOf(batch: Buffer): readonly Buffer[] {
  const contents: Buffer[] = [];
  for (let at = 0; at < batch.length; ) {
    const end = batch.indexOf('\n', at);
    const size = Number(batch.subarray(at, end).toString().split(' ').at(-1));
    contents.push(batch.subarray(end + 1, end + 1 + size));
    at = end + size + 2;
  }
  return contents;
}
