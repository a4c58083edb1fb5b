import t from 'tap';
import { commandLine, conventions, deployment, waiver } from './command-line.ts';

const files = { 'tollgate.yaml': conventions, 'deploy/web.yaml': deployment('web') };

t.test(
  'findings fail the run; warnings do where that is asked for; nothing does with --exit-zero',
  async (t) => {
    const { tollgate } = commandLine(t, { ...files, 'clean/api.yaml': deployment('api', { team: 'shop' }) });
    const failing = await tollgate(['check', 'deploy']);
    t.equal(failing.exitCode, 1);
    t.equal(
      failing.stdout,
      [
        'deploy/web.yaml:9:5: warning: Deployment "shop/web": its pods would run outside the mesh, the pod template has no linkerd.io/inject annotation; expected: linkerd.io/inject: enabled at /spec/template/metadata/annotations [mesh/inject-missing]',
        'deploy/web.yaml:10:7: error: Deployment "shop/web": the pod template has no label team; expected: team: <value> at /spec/template/metadata/labels [label/required-missing]',
        '1 error, 1 warning in 1 of 1 file',
        '1 object judged',
        'judged by convention "baseline" (tollgate.yaml, 51a5ead4e804)',
        '1 fixable with: tollgate fix deploy',
        '',
      ].join('\n'),
    );
    t.equal((await tollgate(['check', 'deploy', '--exit-zero'])).exitCode, 0);
    t.equal((await tollgate(['check', 'clean'])).exitCode, 0);
    t.equal((await tollgate(['check', 'clean', '--fail-on', 'warn'])).exitCode, 1);
    t.equal((await tollgate(['check', 'clean'], { environment: { TOLLGATE_FAIL_ON: 'warn' } })).exitCode, 1);
  },
);

t.test('what was not judged is never a pass', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'deploy/chart.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n',
  });
  const outcome = await tollgate(['check', 'deploy']);
  t.equal(outcome.exitCode, 3, 'not even beside findings');
  t.match(
    outcome.stdout,
    /^deploy\/chart\.yaml:4:9: not judged, it is a template that has not been rendered/m,
  );
  t.match(outcome.stdout, /^1 document was not judged$/m);
  t.equal((await tollgate(['check', 'deploy', '--exit-zero'])).exitCode, 0);
});

t.test(
  'a terminal gets text with colours, unless it wants none; anything else gets a line each',
  async (t) => {
    const { tollgate } = commandLine(t, files);
    const text = await tollgate(['check'], { isTerminal: true });
    t.match(text.stdout, '\u001B[31merror\u001B[39m  label/required-missing\n');
    const plain = await tollgate(['check'], { isTerminal: true, environment: { NO_COLOR: '1' } });
    t.match(plain.stdout, /error {2}label\/required-missing\n/);
    t.notMatch(plain.stdout, '\u001B');
    t.notMatch((await tollgate(['check'])).stdout, '\u001B');
    const forced = await tollgate(['check', '-o', 'text'], { environment: { FORCE_COLOR: '1' } });
    t.match(forced.stdout, '\u001B');
  },
);

t.test('several reports come of one run, each in its file', async (t) => {
  const { tollgate, read } = commandLine(t, files);
  const outcome = await tollgate(['check', '-o', 'sarif=out.sarif', '-o', 'junit=out.xml', '-o', 'concise']);
  t.match(outcome.stdout, /^deploy\/web\.yaml:9:5: warning/);
  t.match(read('out.xml'), /^<\?xml /);
  const [run] = JSON.parse(read('out.sarif')).runs;
  t.equal(run.invocations[0].exitCode, 1);
  t.same(
    run.results[0].fixes[0].artifactChanges[0].replacements,
    [
      {
        deletedRegion: { startLine: 9, startColumn: 14, endLine: 9, endColumn: 14 },
        insertedContent: { text: '\n      annotations:\n        linkerd.io/inject: enabled' },
      },
    ],
    'the fix is the edit that tollgate fix would make',
  );
  const twice = await tollgate(['check', '-o', 'text', '-o', 'json']);
  t.equal(twice.exitCode, 2);
  t.equal(
    twice.stderr,
    'tollgate: text and json cannot both go to standard output: give one of them a file, -o json=FILE\nsee `tollgate check --help`\n',
  );
  const nowhere = await tollgate(['check', '-o', 'json=no/such/folder/x.json']);
  t.equal(nowhere.exitCode, 3);
  t.match(nowhere.stderr, /no\/such\/folder\/x\.json cannot be written: ENOENT/);
});

t.test('a report that goes to files alone leaves one line to read', async (t) => {
  const { tollgate } = commandLine(t, files);
  const outcome = await tollgate(['check', '-o', 'json=out.json']);
  t.equal(outcome.stdout, '');
  t.equal(outcome.stderr, '1 error, 1 warning in 1 of 2 files\n');
});

t.test('standard input is judged, with the namespace it is meant for', async (t) => {
  const { tollgate } = commandLine(t, { 'tollgate.yaml': conventions });
  const stdin = deployment('web').replace('  namespace: shop\n', '');
  const outcome = await tollgate(['check', '-', '--namespace', 'shop'], { stdin });
  t.match(outcome.stdout, /^<stdin>:8:5: warning: Deployment "shop\/web"/);
  t.match(outcome.stdout, /^1 object judged · 1 without a namespace, judged in "shop"$/m);
});

t.test('the same object in other files counts: a namespace gives its label', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'deploy/ns.yaml':
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: checkout } }\n',
  });
  const outcome = await tollgate(['check', 'deploy', '-o', 'json']);
  const { findings } = JSON.parse(outcome.stdout);
  t.same(
    findings.map(({ rule, admission, expected }: Record<string, unknown>) => [rule, admission, expected]),
    [
      ['mesh/inject-missing', 'add', 'linkerd.io/inject: enabled at /spec/template/metadata/annotations'],
      ['label/required-missing', 'add', 'team: checkout at /spec/template/metadata/labels'],
    ],
  );
});

t.test(
  'a waiver is told with its end, counts until then, and is missed when it covers nothing',
  async (t) => {
    const { tollgate } = commandLine(t, {
      'tollgate.yaml': conventions + waiver('2026-11-29'),
      'deploy/web.yaml': deployment('web'),
      'other/api.yaml': deployment('api', { team: 'shop' }),
    });
    const waived = await tollgate(['check', 'deploy']);
    t.equal(waived.exitCode, 0);
    t.match(
      waived.stdout,
      /^deploy\/web\.yaml:10:7: waived: Deployment "shop\/web": the pod template has no label team/m,
    );
    t.match(
      waived.stdout,
      /^tollgate\.yaml:20:3: warning: waiver "legacy" of team-files ends on 2026-11-29, in 9 days/m,
    );
    const ended = await tollgate(['check', 'deploy', '--now', '2026-11-30']);
    t.equal(ended.exitCode, 1);
    t.match(ended.stdout, /waiver "legacy" of team-files ended on 2026-11-29, so it no longer counts/);
    t.notMatch(
      (await tollgate(['check', 'other'])).stdout,
      /covers nothing/,
      'a part of the repository cannot tell',
    );
    const idle = await tollgate(['check', '--exclude', 'deploy/']);
    t.match(idle.stdout, /waiver "legacy" of team-files covers nothing/);
  },
);

t.test('conventions are found upwards from where one is, or where one says', async (t) => {
  const { tollgate } = commandLine(t, {
    ...files,
    'strict/conventions.yaml': conventions.replace('key: team', 'key: owner'),
    'broken/a.yaml':
      'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: x }\nspec: { mash: {} }\n',
    'broken/b.yaml': '{{ no yaml }}\n',
  });
  t.match(
    (await tollgate(['check', '.'], { folder: 'deploy' })).stdout,
    /web\.yaml:10:7: error: .* no label team/,
  );
  const strict = await tollgate(['check', 'deploy', '--conventions', 'strict']);
  t.match(strict.stdout, /no label owner/);
  const broken = await tollgate(['check', 'deploy', '--conventions', 'broken']);
  t.equal(broken.exitCode, 2);
  t.equal(broken.stdout, '');
  t.match(broken.stderr, /^tollgate: broken\/b\.yaml:1:1: it is a template/m);
  t.match(broken.stderr, /^tollgate: broken\/a\.yaml:4:\d+: spec\.mash: .*mesh/m);
  t.match(await tollgate(['check', '--conventions', 'gone.yaml']), {
    exitCode: 2,
    stderr: /^tollgate: nothing is at gone\.yaml\n/,
  });
});

t.test('having nothing to judge is told, and is no pass', async (t) => {
  const { tollgate } = commandLine(t, { 'tollgate.yaml': conventions, 'values/values.yaml': 'a: 1\n' });
  const empty = await tollgate(['check', 'values']);
  t.equal(empty.exitCode, 2);
  t.match(empty.stderr, /^tollgate: there is no Kubernetes object in values \(1 file read\)\n/);
  t.match(await tollgate(['check', '-'], { stdin: '' }), {
    exitCode: 2,
    stderr: /no Kubernetes object in - \(1 file read\)/,
  });
  t.match(await tollgate(['check', 'gone', 'values/*.yml']), {
    exitCode: 2,
    stderr: /nothing is at gone, values\/\*\.yml/,
  });
});

t.test('help names every flag with its variable, and every command', async (t) => {
  const { tollgate } = commandLine(t, {});
  const help = await tollgate(['check', '--help']);
  t.equal(help.exitCode, 0);
  for (const [, flag = ''] of help.stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)) {
    if (flag === 'help') continue;
    t.match(
      help.stdout.replaceAll(/\s+/g, ' '),
      `TOLLGATE_${flag.toUpperCase().replaceAll('-', '_')})`,
      flag,
    );
  }
  t.ok(Math.max(...help.stdout.split('\n').map((line) => line.length)) <= 120, 'no line is long');
  t.same(await tollgate(['help', 'check']), help);
  const program = await tollgate(['--help']);
  t.match(program.stdout, /^ {2}check {2,}Judge manifests/m);
  t.match(program.stdout, /^ {2}fix {2,}/m);
  t.match(await tollgate([]), { exitCode: 2, stdout: '', stderr: program.stdout });
  t.same(await tollgate(['--version']), { exitCode: 0, stdout: '1.2.3\n', stderr: '' });
});

t.test('wrong usage is told in one go', async (t) => {
  const { tollgate } = commandLine(t, files);
  t.same(await tollgate(['check', '--fial-on', 'x', '--now', '2026-02-30', '-n', 'A', '-o', 'jsn']), {
    exitCode: 2,
    stdout: '',
    stderr: [
      'tollgate: --fial-on is no flag of this command, did you mean --fail-on?',
      'tollgate: --namespace is "A", expected the name of a namespace: a-z, 0-9 and -, at most 63 characters',
      'tollgate: --now is "2026-02-30", expected a day such as 2026-12-31 or a time such as 2026-12-31T12:00:00Z',
      'tollgate: --output has the format "jsn", expected one of text, concise, json, sarif, junit, github, gitlab, markdown, policyreport, openreports, did you mean json?',
      'see `tollgate check --help`',
      '',
    ].join('\n'),
  });
  t.match(await tollgate(['chekc']), {
    exitCode: 2,
    stderr: 'tollgate: there is no command "chekc", did you mean check?\n',
  });
  t.match(await tollgate(['--fix']), { exitCode: 2, stderr: /--fix comes after a command: check, fix/ });
});

t.test('the JSON says for which Calico the objects were judged, and how that is known', async (t) => {
  const policy = (apiVersion: string) =>
    `apiVersion: ${apiVersion}\nkind: Tier\nmetadata: { name: security }\nspec: { order: 1 }\n`;
  const said = conventions.replace('spec:', "spec:\n  calico: { mode: apiserver, version: '3.29' }");
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': conventions,
    'said.yaml': said,
    'shown/tier.yaml': policy('projectcalico.org/v3'),
    'stored/tier.yaml': policy('crd.projectcalico.org/v1'),
  });
  const calico = async (...args: readonly string[]) => {
    const { stdout } = await tollgate(['check', '-o', 'json', '--exit-zero', ...args]);
    return JSON.parse(stdout).calico;
  };
  const assumed = { version: 'newest', versionFrom: 'assumed' };
  t.same(await calico('shown'), { mode: 'v3crd', modeFrom: 'assumed', ...assumed });
  t.same(await calico('stored'), { mode: 'raw', modeFrom: 'detected', ...assumed });
  t.same(await calico('stored', '--conventions', 'said.yaml'), {
    mode: 'apiserver',
    modeFrom: 'convention',
    version: '3.29',
    versionFrom: 'convention',
  });
});
