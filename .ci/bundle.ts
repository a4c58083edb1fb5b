import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';

/** CommonJS packages inside an ESM bundle call `require`, which ESM does not have. */
const banner =
  "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);";

const shared: BuildOptions = {
  bundle: true,
  splitting: true,
  // An optional companion of a package, which is there only because tests bring it.
  external: ['supports-color'],
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  banner: { js: banner },
  logLevel: 'warning',
};

/**
 * Bundles the program of a checkout into a folder, in the place of what was there: `tollgate.mjs`, chunks that are
 * loaded when a command asks for them (server, client, positions), and the document that `explain` shows.
 */
export async function bundleProgram(root: string, outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await build({ ...shared, entryPoints: { tollgate: join(root, 'src/launch.mjs') }, outdir });
  await cp(join(root, 'docs/rules.md'), join(outdir, 'docs/rules.md'));
}

/** What the package exports, by the name of its file and by that of its source. */
export const libraries = {
  index: 'src/index.ts',
  calico: 'src/calico/index.ts',
  linkerd: 'src/linkerd/index.ts',
} as const;

/** Bundles the libraries of a checkout; what they share they load from the same chunk, so that it is the same. */
export async function bundleLibraries(root: string, outdir: string): Promise<void> {
  const entryPoints = Object.fromEntries(
    Object.entries(libraries).map(([name, source]) => [name, join(root, source)]),
  );
  await build({ ...shared, entryPoints, outdir });
}
