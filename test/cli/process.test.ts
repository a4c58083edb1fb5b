import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { conventions, deployment } from './command-line.ts';

const launch = join(import.meta.dirname, '../../src/launch.mjs');

interface Options {
  readonly cwd: string;
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeFlags?: readonly string[];
}

/** Runs the program as a shell would. */
async function tollgate(
  args: readonly string[],
  { cwd, stdin = '', environment = {}, nodeFlags = [] }: Options,
) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [...nodeFlags, launch, ...args], {
    cwd,
    env: { PATH, HOME, ...environment },
    stdio: 'pipe',
  });
  child.stdin.end(stdin);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exited, stdout, stderr };
}

const folder = t.testdir({
  '.git': {},
  'tollgate.yaml': conventions,
  'clean.yaml': deployment('api', { team: 'shop' }),
  'broken.yaml': 'apiVersion: [\n',
});

t.test('the exit code says what came of it', async (t) => {
  const runs = await Promise.all([
    tollgate(['check', 'clean.yaml'], { cwd: folder }),
    tollgate(['check', '-'], { cwd: folder, stdin: deployment('web') }),
    tollgate(['check', '--nonsense'], { cwd: folder }),
    tollgate(['check', 'broken.yaml'], { cwd: folder }),
  ]);
  t.same(
    runs.map(({ exitCode }) => exitCode),
    [0, 1, 2, 3],
  );
  const [clean, piped, wrong, broken] = runs;
  t.match(clean?.stdout, /^1 warning in 1 of 1 file$/m);
  t.match(piped?.stdout, /^<stdin>:10:7: error: Deployment "shop\/web"/m);
  t.equal(wrong?.stderr, 'tollgate: --nonsense is no flag of this command\nsee `tollgate check --help`\n');
  t.equal(wrong?.stdout, '');
  t.match(broken?.stdout, /^broken\.yaml:\d+:\d+: not judged, it is no YAML/m);
});

t.test('variables stand in for flags, and only they do', async (t) => {
  const environment = { TOLLGATE_FAIL_ON: 'warn', TOLLGATE_OUTPUT: 'json', TOLLGATE_NOW: '2026-11-20' };
  const outcome = await tollgate(['check', 'clean.yaml'], { cwd: folder, environment });
  t.equal(outcome.exitCode, 1);
  t.equal(JSON.parse(outcome.stdout).schema, 'tollgate.dev/report/v1');
});

t.test('an old Node.js gets a sentence and no stack trace', async (t) => {
  const fake = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})';
  const outcome = await tollgate(['check'], { cwd: folder, nodeFlags: ['--import', fake] });
  t.equal(outcome.exitCode, 2);
  t.equal(outcome.stdout, '');
  t.match(
    outcome.stderr,
    /^tollgate needs Node\.js 24 or newer, and this is 20\.1\.0: run `npm ci`[^\n]*\n$/,
  );
});

t.test('a reader that goes away early is no failure', async (t) => {
  const child = spawn(process.execPath, [launch, 'check', '--help'], { cwd: folder, stdio: 'pipe' });
  child.stdout.destroy();
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.equal(await text(child.stderr), '');
  t.equal(await exited, 0);
});
