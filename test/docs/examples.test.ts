import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { run } from '../../src/cli/run.ts';

const root = resolve(import.meta.dirname, '../..');

t.test('the suites among the examples pass, and every rule that is documented has a case', async (t) => {
  const out = { stdout: '', stderr: '' };
  const exitCode = await run(['test', 'examples', '--coverage'], {
    folder: root,
    environment: {},
    now: () => new Date('2026-11-20T12:00:00Z'),
    stdin: async () => Buffer.from(''),
    stdout: { write: (text) => void (out.stdout += text), isTerminal: false },
    stderr: { write: (text) => void (out.stderr += text), isTerminal: false },
    version: '1.2.3',
    untilStopped: () => Promise.reject(new Error('no server is started here')),
  });
  const failed = out.stdout.split('\n\n').filter((block) => block.includes('  FAIL  '));
  t.strictSame(failed, []);
  t.equal(exitCode, 0, out.stderr);
  const documented = readFileSync(join(root, 'docs/rules.md'), 'utf8');
  const uncovered = [...out.stdout.matchAll(/^no case: (.+)$/gm)].map(([, id]) => id ?? '');
  t.strictSame(
    uncovered.filter((id) => documented.includes(`\n## ${id}\n`)),
    [],
  );
});
