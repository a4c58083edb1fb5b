import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import { gitIgnoredPaths, type IgnoredPaths, nothingIgnored } from './git-ignore.ts';
import { shellWord } from '../../text/shell-word.ts';
import type { NotJudged } from '../manifest-problem.ts';
import { shownName } from './shown-name.ts';

/** A file to read. */
export interface FoundFile {
  /** As the user would write it: relative to the working directory where it lies below it. */
  readonly name: string;
  readonly path: string;
  /** Asked for by its own name, so that it must be a manifest; files found in folders may be anything. */
  readonly named: boolean;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[];
  /** Paths and patterns that lead to nothing. */
  readonly missing: readonly string[];
  /** Helm charts, whose templates are passed over. */
  readonly notJudged: readonly NotJudged[];
}

export interface FindOptions {
  readonly folder: string;
  /** Globs of files and folders to leave out, relative to `folder`. */
  readonly exclude: readonly string[];
  readonly useGitIgnore: boolean;
}

/**
 * Finds the files behind paths: a file by its name, a folder with every YAML and JSON file below it, or a glob.
 * Folders are walked in the order of names, without `.git`, `node_modules` and what `.gitignore` leaves out.
 */
export async function findFiles(paths: readonly string[], options: FindOptions): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  const missing: string[] = [];
  const notJudged: NotJudged[] = [];
  const isExcluded = excluder(options);
  const add = (path: string, named: boolean) => {
    const before = found.get(path);
    if (!before || (named && !before.named))
      found.set(path, { name: shownName(path, options.folder), path, named });
  };
  const take = (path: string) => {
    if (!statSync(path).isDirectory()) return add(path, true);
    const ignored = options.useGitIgnore ? gitIgnoredPaths(path) : nothingIgnored;
    walk(path, { ignored, isExcluded, folder: options.folder, notJudged, visited: new Set(), add });
  };
  for (const path of paths) {
    const absolute = resolve(options.folder, path);
    if (statSync(absolute, { throwIfNoEntry: false })) {
      take(absolute);
      continue;
    }
    const matches = (await matchesOf(path, options)).filter((match) => !isExcluded(match, false));
    if (matches.length === 0) missing.push(path);
    for (const match of matches) take(match);
  }
  return { files: [...found.values()], missing, notJudged };
}

interface Walk {
  readonly ignored: IgnoredPaths;
  readonly isExcluded: (path: string, isFolder: boolean) => boolean;
  readonly folder: string;
  readonly notJudged: NotJudged[];
  /** The real paths of the folders on the way, since symbolic links may lead in circles. */
  readonly visited: ReadonlySet<string>;
  readonly add: (path: string, named: boolean) => void;
}

function walk(folder: string, options: Walk): void {
  const real = realpathSync(folder);
  if (options.visited.has(real)) return;
  const visited = new Set([...options.visited, real]);
  const entries = entriesOf(folder);
  if (!entries) {
    options.notJudged.push(unreadable(folder, options.folder));
    return;
  }
  const isChart = entries.some(({ name }) => name === 'Chart.yaml');
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const isFolder = isFolderEntry(entry, path);
    if (
      isFolder === undefined ||
      options.ignored.ignores(path, isFolder) ||
      options.isExcluded(path, isFolder)
    )
      continue;
    if (!isFolder) {
      if (/\.(?:ya?ml|json)$/i.test(entry.name)) options.add(path, false);
      continue;
    }
    // The kubelet keeps what a mounted ConfigMap shows in `..data`, and shows it by links beside that.
    if (entry.name === '.git' || entry.name === 'node_modules' || entry.name.startsWith('..')) continue;
    if (isChart && entry.name === 'templates') options.notJudged.push(chartAt(folder, options.folder));
    else if (!isChart || entry.name !== 'charts') {
      walk(path, { ...options, visited, ignored: options.ignored.within(path) });
    }
  }
}

function entriesOf(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}

function unreadable(path: string, folder: string): NotJudged {
  const reason = 'the folder cannot be read';
  return { id: 'manifest/unreadable', file: shownName(path, folder), line: 1, column: 1, reason };
}

/** Undefined for what is neither file nor folder, a dangling link above all. */
function isFolderEntry(entry: Dirent, path: string): boolean | undefined {
  if (entry.isDirectory() || entry.isFile()) return entry.isDirectory();
  const target = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : undefined;
  return target?.isDirectory() || target?.isFile() ? target.isDirectory() : undefined;
}

function chartAt(chart: string, folder: string): NotJudged {
  const name = shownName(chart, folder) || '.';
  return {
    id: 'manifest/chart',
    file: shownName(join(chart, 'Chart.yaml'), folder),
    line: 1,
    column: 1,
    reason: `${name} is a Helm chart, whose templates have to be rendered`,
    remedy: `judge what it makes: tollgate check --helm ${shellWord(name)} --values FILE`,
  };
}

function excluder({ exclude, folder }: FindOptions): (path: string, isFolder: boolean) => boolean {
  const rules = ignore().add([...exclude]);
  return (path, isFolder) => {
    const inside = relative(folder, path).split(sep).join('/');
    return inside !== '' && !inside.startsWith('..') && rules.ignores(isFolder ? `${inside}/` : inside);
  };
}

async function matchesOf(pattern: string, { folder }: FindOptions): Promise<string[]> {
  if (!/[*?[\]{}()!]/.test(pattern)) return [];
  const { glob } = await import('tinyglobby');
  const matches = await glob(pattern, { cwd: folder, absolute: true, dot: true, expandDirectories: false });
  return matches.sort();
}
