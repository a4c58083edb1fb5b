import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
  const check = `$ tollgate check examples/check\n${output('src/launch.mjs', 'check', '-o', 'text', 'examples/check')}`;
  const real = withBlock(withBlock(readme, 'What the first one prints:', demo), 'In CI:', check);
  if (process.env['TOLLGATE_GOLDEN_UPDATE'] === '1') writeFileSync(join(root, 'README.md'), real);
  t.equal(readme, real);
});

/** The text with the block that follows an introduction replaced. */
function withBlock(text: string, introduction: string, content: string): string {
  const begin = text.indexOf('```\n', text.indexOf(introduction)) + 4;
  return text.slice(0, begin) + content + text.slice(text.indexOf('\n```', begin));
}

t.test('what it points to is there', async (t) => {
  for (const [, target = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
    t.ok(existsSync(join(root, target)), target);
  }
});
