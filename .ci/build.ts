import { mkdir, rm } from 'node:fs/promises';
import { build, type BuildOptions } from 'esbuild';

/** CommonJS packages inside an ESM bundle call `require`, which ESM does not have. */
const banner =
  "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);";

const shared: BuildOptions = {
  bundle: true,
  // An optional companion of a package, which is there only because tests bring it.
  external: ['supports-color'],
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  loader: { '.yaml': 'text', '.md': 'text' },
  outExtension: { '.js': '.mjs' },
  banner: { js: banner },
  logLevel: 'warning',
};

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
// The program: parts that a command does not need (server, client, positions) are chunks of their own, loaded when asked for.
await build({
  ...shared,
  entryPoints: { tollgate: 'src/cli.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
});
// The libraries: pure, so each is one small file.
await build({
  ...shared,
  entryPoints: { calico: 'src/calico/index.ts', linkerd: 'src/linkerd/index.ts' },
  outdir: 'dist/lib',
});
