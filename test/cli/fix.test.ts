import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import t from 'tap';
import { unifiedDiff } from '../../src/cli/print/unified-diff.ts';
import { applyTextEdits, overlap, type TextEdit } from '../../src/manifests/edit/text-edit.ts';
import { commandLine, conventions, deployment, waiver } from './command-line.ts';

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: checkout } }\n';

t.test('what is missing is put in, and nothing else changes', async (t) => {
  const { tollgate, read } = commandLine(t, {
    'tollgate.yaml': conventions,
    'deploy/all.yaml': `# two of them\r\n${deployment('web').replaceAll('\n', '\r\n')}---\r\n${namespace.replaceAll('\n', '\r\n')}`,
    'deploy/list.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'p', namespace: 'shop' },
          spec: { containers: [] },
        },
      ],
    }),
  });
  const before = read('deploy/all.yaml');
  const outcome = await tollgate(['fix', 'deploy']);
  t.equal(outcome.exitCode, 0, outcome.stderr);
  t.equal(
    outcome.stderr,
    'deploy/all.yaml: 2 findings put right\ndeploy/list.json: 2 findings put right\n4 fixed\n',
  );
  t.equal(
    read('deploy/all.yaml'),
    before
      .replace(
        '    metadata:\r\n      labels:',
        '    metadata:\r\n      annotations:\r\n        linkerd.io/inject: enabled\r\n      labels:',
      )
      .replace('      labels:\r\n', '      labels:\r\n        team: checkout\r\n'),
  );
  t.match(JSON.parse(read('deploy/list.json')).items[0].metadata, {
    annotations: { 'linkerd.io/inject': 'enabled' },
    labels: { team: 'checkout' },
  });
  const after = read('deploy/all.yaml');
  t.match(await tollgate(['fix', 'deploy']), {
    exitCode: 0,
    stderr: 'nothing to fix in 3 objects\n',
  });
  t.equal(read('deploy/all.yaml'), after, 'a second time changes nothing');
  t.match(await tollgate(['check', 'deploy', '--fail-on', 'warn']), { exitCode: 0 });
});

t.test('--diff shows what would change, changes nothing, and fails the run', async (t) => {
  const { tollgate, read } = commandLine(t, {
    'tollgate.yaml': conventions,
    'web.yaml': deployment('web', { team: 'a' }),
  });
  const before = read('web.yaml');
  t.same(await tollgate(['fix', '--diff', 'web.yaml']), {
    exitCode: 1,
    stderr: '1 would be fixed\n',
    stdout: [
      '--- a/web.yaml',
      '+++ b/web.yaml',
      '@@ -7,6 +7,8 @@',
      '   selector: { matchLabels: { app: web } }',
      '   template:',
      '     metadata:',
      '+      annotations:',
      '+        linkerd.io/inject: enabled',
      '       labels:',
      '         app: web',
      '         team: a',
      '',
    ].join('\n'),
  });
  t.equal(read('web.yaml'), before);
  await tollgate(['fix', 'web.yaml']);
  t.same(await tollgate(['fix', '--diff', 'web.yaml']), {
    exitCode: 0,
    stdout: '',
    stderr: 'nothing to fix in 1 object\n',
  });
});

t.test('standard input comes out again, whether or not it changes', async (t) => {
  const { tollgate } = commandLine(t, { 'tollgate.yaml': conventions });
  const fixed = await tollgate(['fix', '-'], { stdin: deployment('web', { team: 'a' }) });
  t.match(fixed.stdout, /annotations:\n {8}linkerd\.io\/inject: enabled\n/);
  t.equal((await tollgate(['fix', '-'], { stdin: fixed.stdout })).stdout, fixed.stdout);
});

t.test('templates, shared anchors and waived findings are left alone', async (t) => {
  const shared = deployment('web', { team: 'a' })
    .replace('    metadata:\n      labels:', '    metadata: &shared\n      labels:')
    .concat('  other: *shared\n');
  const { tollgate, read } = commandLine(t, {
    'tollgate.yaml': conventions,
    'template.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: { name: {{ x }} }\n',
    'shared.yaml': shared,
  });
  const outcome = await tollgate(['fix']);
  t.equal(outcome.exitCode, 3);
  t.equal(
    outcome.stderr,
    [
      'template.yaml:3:19: left alone, it is a template that has not been rendered',
      'shared.yaml:9:5: left alone, its layout is one that cannot be edited safely',
      'left: 1 of mesh/inject-missing, the text cannot be edited',
      '0 fixed, 1 left',
      '',
    ].join('\n'),
  );
  t.equal(read('shared.yaml'), shared);

  const waived = commandLine(t, {
    'tollgate.yaml':
      conventions + waiver('2027-01-31').replace('[label/required-missing]', '[mesh/inject-missing]'),
    'web.yaml': deployment('web', { team: 'a' }),
  });
  t.same(await waived.tollgate(['fix', '--diff']), {
    exitCode: 0,
    stdout: '',
    stderr: 'nothing to fix in 3 objects\n',
  });
});

t.test('git apply takes every diff for what it says', async (t) => {
  const line = fc.constantFrom('a\n', 'b\n', '\n', 'c');
  const edit = fc.record({
    start: fc.nat(),
    length: fc.nat(6),
    text: fc.constantFrom('', 'x', 'x\n', '\ny\n', 'a\nb\n'),
  });
  const cases = fc.sample(
    fc.tuple(fc.array(line, { minLength: 1, maxLength: 40 }), fc.array(edit, { minLength: 1, maxLength: 4 })),
    { numRuns: 200, seed: 7 },
  );
  const folder = t.testdir({});
  const diffs: string[] = [];
  const wanted = new Map<string, string>();
  for (const [index, [lines, raw]] of cases.entries()) {
    const text = lines.join('');
    const edits = raw.map(({ start, length, text: inserted }): TextEdit => {
      const from = start % (text.length + 1);
      return { start: from, end: Math.min(text.length, from + length), text: inserted };
    });
    const result = applyTextEdits(text, edits);
    if (overlap(edits) || result === '' || result === text) continue;
    const name = join(folder, `${index}.txt`);
    writeFileSync(name, text);
    wanted.set(name, result);
    diffs.push(await unifiedDiff(`${index}.txt`, text, result));
  }
  t.ok(wanted.size > 100, `${wanted.size} diffs`);
  execFileSync('git', ['apply', '--unidiff-zero', '--whitespace=nowarn'], {
    cwd: folder,
    input: diffs.join(''),
    env: { ...process.env, GIT_CEILING_DIRECTORIES: join(folder, '..') },
  });
  for (const [name, result] of wanted) t.equal(readFileSync(name, 'utf8'), result);
});
