import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** Tells what the `.gitignore` files of a repository leave out, for folders as the walk goes down into them. */
export interface IgnoredPaths {
  readonly ignores: (path: string, isFolder: boolean) => boolean;
  /** The same with the rules of one more folder below; itself where that folder has none. */
  readonly within: (folder: string) => IgnoredPaths;
}

interface Layer {
  readonly folder: string;
  readonly rules: Ignore;
}

export const nothingIgnored: IgnoredPaths = { ignores: () => false, within: () => nothingIgnored };

/**
 * Collects the `.gitignore` files from the repository's root down to a folder. Where the folder itself is ignored,
 * as rendered manifests often are, asking for it by name counts more: the rules above it do not apply.
 */
export function gitIgnoredPaths(folder: string): IgnoredPaths {
  const above: string[] = [];
  for (let at = folder; !existsSync(join(at, '.git')); at = dirname(at)) {
    if (dirname(at) === at) return ignoredPaths([]).within(folder);
    above.unshift(dirname(at));
  }
  let paths = ignoredPaths([]);
  for (const parent of above) paths = paths.within(parent);
  return (paths.ignores(folder, true) ? ignoredPaths([]) : paths).within(folder);
}

function ignoredPaths(layers: readonly Layer[]): IgnoredPaths {
  const paths: IgnoredPaths = {
    ignores: (path, isFolder) => decide(layers, path, isFolder),
    within: (folder) => {
      const file = join(folder, '.gitignore');
      if (!existsSync(file)) return paths;
      return ignoredPaths([{ folder, rules: ignore().add(readFileSync(file, 'utf8')) }, ...layers]);
    },
  };
  return paths;
}

/** The rules of the deepest folder that say anything decide. */
function decide(layers: readonly Layer[], path: string, isFolder: boolean): boolean {
  for (const { folder, rules } of layers) {
    const inside = relative(folder, path).split(sep).join('/');
    if (inside === '' || inside.startsWith('..')) continue;
    const { ignored, unignored } = rules.test(isFolder ? `${inside}/` : inside);
    if (ignored || unignored) return ignored;
  }
  return false;
}
