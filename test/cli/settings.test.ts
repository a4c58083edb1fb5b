import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import t from 'tap';
import { failures, TollgateError } from '../../src/errors.ts';
import { complaintAbout } from '../../src/require-node.mjs';
import {
  choice,
  type Environment,
  list,
  readSettings,
  toggle,
  value,
  variableOf,
} from '../../src/settings.ts';

const settings = {
  failOn: choice('fail-on', { words: ['deny', 'warn'], fallback: 'deny', description: 'When to fail' }),
  port: value('port', {
    placeholder: 'PORT',
    description: 'Where to listen',
    fallback: 8443,
    read: (text) =>
      /^\d+$/.test(text) ? { value: Number(text) } : { problem: `is ${text}, expected a number` },
  }),
  exclude: list('exclude', {
    short: 'x',
    placeholder: 'GLOB',
    description: 'What to leave out',
    read: (text) => ({ value: text }),
  }),
  exitZero: toggle('exit-zero', { description: 'Never fail' }),
};

const read = (args: readonly string[], environment: Environment = {}) =>
  readSettings(settings, args, environment);

t.test('flags count more than variables, and variables more than what holds without them', async (t) => {
  t.same(read([]), {
    values: { failOn: 'deny', port: 8443, exclude: [], exitZero: false },
    positionals: [],
  });
  const environment = {
    TOLLGATE_FAIL_ON: 'warn',
    TOLLGATE_PORT: '1',
    TOLLGATE_EXCLUDE: 'a  b\nc',
    TOLLGATE_EXIT_ZERO: 'yes',
  };
  t.same(read(['p', '--port=2', 'q'], environment), {
    values: { failOn: 'warn', port: 2, exclude: ['a', 'b', 'c'], exitZero: true },
    positionals: ['p', 'q'],
  });
  t.match(read(['-x', 'd', '--exclude', 'e', '--', '--port'], environment), {
    values: { exclude: ['d', 'e'] },
    positionals: ['--port'],
  });
  t.match(read(['--port', '1', '--port', '2']), { values: { port: 2 } }, 'the last one counts');
  t.equal(variableOf(settings.failOn), 'TOLLGATE_FAIL_ON');
});

t.test('what is wrong is told at once, with what was meant', async (t) => {
  const args = [
    '--fial-on',
    'warn',
    '--port',
    'x',
    '--exclude',
    '--exit-zero',
    '--fail-on=wran',
    '--nothing-like-it',
  ];
  t.same(read(args, { TOLLGATE_EXIT_ZERO: 'perhaps' }), {
    problems: [
      '--fial-on is no flag of this command, did you mean --fail-on?',
      '--exclude needs a value: --exclude GLOB',
      '--nothing-like-it is no flag of this command',
      '--fail-on is "wran", expected deny or warn, did you mean warn?',
      '--port is x, expected a number',
      'TOLLGATE_EXIT_ZERO is "perhaps", expected true or false',
    ],
  });
});

t.test('a variable that Kubernetes makes of a Service is no setting', async (t) => {
  t.match(read([], { TOLLGATE_PORT: 'tcp://10.96.0.7:443' }), { values: { port: 8443 } });
  t.match(read([], { TOLLGATE_PORT: '' }), { values: { port: 8443 } }, 'and neither is an empty one');
});

t.test('docs/errors.md lists every failure as it is told', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  t.same(
    rows,
    Object.entries(failures).map(
      ([code, { message, remedy, exitCode }]) => `| \`${code}\` | ${message} | ${remedy} | ${exitCode} |`,
    ),
  );
});

t.test('a failure has its values filled in, and only those', async (t) => {
  const error = new TollgateError('ERR_CANNOT_WRITE', { file: '{reason}', reason: 'the disk is full' });
  t.equal(error.message, '{reason} cannot be written: the disk is full');
  t.equal(error.exitCode, 3);
});

t.test('a Node.js that is too old is told in a sentence, a newer one not', async (t) => {
  const { message, remedy } = new TollgateError('ERR_NODE_TOO_OLD', { needed: '24', found: '20.20.2' });
  t.equal(complaintAbout('20.20.2'), `${message}: ${remedy}`);
  t.equal(complaintAbout('24.0.0'), undefined);
  t.equal(complaintAbout('100.1.0'), undefined);
  for (const file of ['launch.mjs', 'require-node.mjs']) {
    const source = readFileSync(join(import.meta.dirname, '../../src', file), 'utf8');
    const [old, current] = await Promise.all(
      ['node12.20', 'esnext'].map(async (target) => (await transform(source, { target, loader: 'js' })).code),
    );
    t.equal(old, current, `${file} needs no newer syntax than Node.js 12 has`);
  }
});
