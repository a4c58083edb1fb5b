import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Runs a program of the project as the README's reader would, and takes what it prints. */
function output(...args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (error) throw error;
  return (stdout || stderr).trimEnd();
}

t.test('the README opens with its two commands', async (t) => {
  const [, block = ''] = /```sh\n([^]*?)```/.exec(readme) ?? [];
  t.match(block, /^npm ci && npm run demo .*\nnpm ci && npm test .*\n$/);
});

t.test('the output it shows is what is printed', async (t) => {
  const demo = output('examples/demo/run.ts').replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
  t.ok(readme.includes(`\n${demo}\n`), `the demo prints\n${demo}`);
  const check = output('src/launch.mjs', 'check', '-o', 'text', 'examples/check');
  t.ok(readme.includes(`\n${check}\n`), `the check prints\n${check}`);
});

t.test('what it points to is there', async (t) => {
  for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
    t.ok(existsSync(join(root, target)), target);
  }
});
