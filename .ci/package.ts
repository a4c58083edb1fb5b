import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

/**
 * Writes `dist/npm`, the folder that is published: the files of `npm pack`, with a manifest of what a user needs.
 * The code of all dependencies is in the bundles, and the Node.js that `npm ci` brings for a checkout would replace the
 * user's own in every script of a project that has tollgate installed.
 */
const root = join(import.meta.dirname, '..');
const stage = join(root, 'dist/npm');
const ofTheCheckout = new Set([
  'private',
  'scripts',
  'tap',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
]);
const published = Object.fromEntries(Object.entries(manifest).filter(([field]) => !ofTheCheckout.has(field)));

rmSync(stage, { recursive: true, force: true });
const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [{ files }] = JSON.parse(listed) as [{ readonly files: readonly { readonly path: string }[] }];
for (const { path } of files) cpSync(join(root, path), join(stage, path));
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
