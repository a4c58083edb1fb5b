import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commandLine, deployment } from './command-line.ts';

/** A program that notes its arguments, and prints a file. */
const prints = (file: string) => `#!/bin/sh
for word in "$@"; do echo "$word"; done > "\${0%/*}/../args"
/bin/cat "\${0%/*}/../${file}"
`;
const fails = (words: string) => `#!/bin/sh
/bin/cat >&2 <<'END'
${words}
END
exit 1
`;

function withPrograms(t: Test, files: Readonly<Record<string, string>>) {
  const line = commandLine(t, files);
  for (const name of Object.keys(files))
    if (name.startsWith('bin/')) chmodSync(join(line.folder, name), 0o755);
  const environment = { PATH: join(line.folder, 'bin') };
  return { ...line, check: (...args: string[]) => line.tollgate(['check', ...args], { environment }) };
}

const template = deployment('web')
  .replace('name: web\n', 'name: {{ .Values.name }}\n')
  .replace('namespace: shop', 'namespace: {{ .Release.Namespace }}');
const chart = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'chart/values.yaml': 'name: web\n',
  'chart/templates/web.yaml': template,
  'prod.yaml': 'name: web\n',
};
const rendered = `---\n# Source: shop/templates/web.yaml\n${deployment('web')}`;
const places = ['chart/templates/web.yaml:9:5', 'chart/templates/web.yaml:10:7'];

t.test('a chart is rendered by helm, and findings are at the lines of its templates', async (t) => {
  const { check, read } = withPrograms(t, { ...chart, rendered, 'bin/helm': prints('rendered') });
  const { exitCode, stdout } = await check(
    '--helm',
    'chart',
    '-f',
    'prod.yaml',
    '-n',
    'shop',
    '--release',
    'live',
  );
  t.equal(exitCode, 0, stdout);
  t.same(
    stdout.split('\n').flatMap((line) => /^(\S+): warning/.exec(line)?.[1] ?? []),
    places,
  );
  t.notMatch(stdout, 'fixable', 'fix edits no templates');
  const [verb, release, , ...flags] = read('args').trim().split('\n');
  t.same([verb, release], ['template', 'live']);
  t.match(flags.join(' '), /--namespace=shop --include-crds --values=\S+\/prod\.yaml$/);

  const text = await check('--helm', 'chart', '-o', 'text');
  t.match(
    text.stdout,
    /chart\/templates\/web\.yaml:9:5 [^]* 9 │ {5}metadata:[^]*write it into chart\/templates\/web\.yaml/,
  );
  const json = JSON.parse((await check('--helm', 'chart', '-o', 'json')).stdout);
  t.match(json.findings[0], { file: 'chart/templates/web.yaml', line: 9, source: undefined });
  const sarif = JSON.parse((await check('--helm', 'chart', '-o', 'sarif')).stdout);
  const [location] = sarif.runs[0].results[0].locations;
  t.match(location.physicalLocation, {
    artifactLocation: { uri: 'chart/templates/web.yaml' },
    region: { startLine: 9 },
  });
  for (const format of ['github', 'gitlab', 'junit', 'markdown'])
    t.match((await check('--helm', 'chart', '-o', format)).stdout, 'chart/templates/web.yaml', format);
});

t.test('where the line of a template is not known, only its file is named', async (t) => {
  const loop = '{{- range .Values.names }}\n{{ include "web" . }}\n{{- end }}\n';
  const files = { ...chart, 'chart/templates/web.yaml': loop, rendered, 'bin/helm': prints('rendered') };
  const { check } = withPrograms(t, files);
  t.match((await check('--helm', 'chart')).stdout, /^chart\/templates\/web\.yaml: warning/);
  t.match((await check('--helm', 'chart', '-o', 'text')).stdout, /^chart\/templates\/web\.yaml {2}warning/);
  t.match(
    (await check('--helm', 'chart', '-o', 'github')).stdout,
    /^::warning file=chart\/templates\/web\.yaml,title/,
  );
  const [finding] = JSON.parse((await check('--helm', 'chart', '-o', 'json')).stdout).findings;
  t.match(finding, { file: 'chart/templates/web.yaml', line: 1, column: 1, lineUnknown: true });
});

t.test('a template of a chart within the chart is found, one in an archive is named', async (t) => {
  const sub = rendered.replace('shop/templates', 'shop/charts/redis/templates');
  const inside = { 'chart/charts/redis/templates/web.yaml': template };
  const files = { ...chart, rendered: sub, 'bin/helm': prints('rendered') };
  const { check } = withPrograms(t, { ...files, ...inside });
  t.match(
    (await check('--helm', 'chart')).stdout,
    /^chart\/charts\/redis\/templates\/web\.yaml:9:5: warning/,
  );
  const packed = withPrograms(t, { ...files, 'shop-1.0.0.tgz': 'packed' });
  t.match(
    (await packed.check('--helm', 'shop-1.0.0.tgz')).stdout,
    /^shop\/charts\/redis\/templates\/web\.yaml: warning/,
  );
});

t.test(
  'what cannot be rendered is not judged, in the words of the program and at the line it names',
  async (t) => {
    const words =
      'WARNING: something else\nError: template: shop/templates/web.yaml:5:11: executing "shop/templates/web.yaml" at <.Values.name>: nil pointer evaluating\n';
    const { check } = withPrograms(t, { ...chart, 'bin/helm': fails(words) });
    const { exitCode, stdout } = await check('--helm', 'chart');
    t.equal(exitCode, 3);
    t.match(
      stdout,
      /^chart\/templates\/web\.yaml:5:12: not judged, helm cannot render it: template: shop\/templates\/web\.yaml:5:11: executing .* \[manifest\/render\]/,
    );
    const silent = withPrograms(t, { ...chart, 'bin/helm': '#!/bin/sh\nexit 4\n' });
    t.match(
      (await silent.check('--helm', 'chart')).stdout,
      /^chart\/Chart\.yaml:1:1: not judged, .* exit code 4 and said nothing/,
    );
    const missing = withPrograms(t, chart);
    const without = await missing.check('--helm', 'chart');
    t.equal(without.exitCode, 3);
    t.match(
      without.stdout,
      /^chart\/Chart\.yaml:1:1: not judged, it is a Helm chart, and helm is not on PATH; install Helm/,
    );
  },
);

t.test('nothing is fetched: charts, values and bases that lie elsewhere are named', async (t) => {
  const kustomization = 'resources:\n- web.yaml\n- https://github.com/org/repo//deploy?ref=v1\n';
  const program = prints('rendered');
  const files = {
    ...chart,
    rendered,
    'app/kustomization.yaml': 'resources: [../far]\n',
    'far/kustomization.yaml': kustomization,
    'far/web.yaml': deployment('web'),
    'bin/helm': program,
    'bin/kustomize': program,
  };
  const { check, read } = withPrograms(t, files);
  const { exitCode, stdout } = await check(
    '--helm',
    'oci://registry.example/shop',
    '--helm',
    'bitnami/redis',
    '--kustomize',
    'app',
    '--kustomize',
    'https://github.com/org/repo',
  );
  t.equal(exitCode, 3);
  t.match(stdout, /^oci:\/\/registry\.example\/shop:1:1: not judged, .* none is fetched/m);
  t.match(stdout, /^bitnami\/redis:1:1: not judged/m);
  t.match(
    stdout,
    /^far\/kustomization\.yaml:3:1: not judged, https:\/\/github\.com\/org\/repo\/\/deploy\?ref=v1 is elsewhere/m,
  );
  t.match(stdout, /^https:\/\/github\.com\/org\/repo:1:1: not judged, it is elsewhere/m);
  t.match(
    (await check('--helm', 'chart', '-f', 'https://values.example/prod.yaml')).stdout,
    /its values are elsewhere/,
  );
  t.throws(() => read('args'), 'no program was started');
});

t.test('a kustomization is rendered, and findings are where the objects are written', async (t) => {
  const base = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': deployment('web'),
    'prod/kustomization.yaml':
      'resources: [../base]\nnamePrefix: prod-\npatches: [{ path: team.yaml }]\nconfigMapGenerator: [{ name: settings }]\n',
    'prod/team.yaml': deployment('web'),
  };
  const made = deployment('prod-web').replaceAll('app: prod-web', 'app: web');
  const { check, read, tollgate, folder } = withPrograms(t, {
    ...base,
    rendered: `${made}---\n${deployment('other')}`,
    'bin/kubectl': prints('rendered'),
  });
  const { stdout } = await check('--kustomize', 'prod');
  t.match(stdout, /^base\/web\.yaml:9:5: warning: Deployment "shop\/prod-web"/m);
  t.match(stdout, /^prod\/kustomization\.yaml: warning: Deployment "shop\/other"/m, 'what is nowhere else');
  t.match(read('args'), /^kustomize\n\S+\/prod\n$/);

  const flow = await tollgate(['flow', 'shop/prod-web', 'shop/other', '80', '--kustomize', 'prod'], {
    environment: { PATH: join(folder, 'bin') },
  });
  t.match(flow.stdout, /shop\/prod-web -> .*allowed/);
  const failing = withPrograms(t, { ...base, 'bin/kustomize': fails("Error: accumulating resources: 'x'") });
  const failed = await failing.check('--kustomize', 'prod');
  t.equal(failed.exitCode, 3);
  t.match(
    failed.stdout,
    /^prod\/kustomization\.yaml:1:1: not judged, kustomize cannot render it: accumulating resources: 'x' \[/,
  );
  const none = await withPrograms(t, base).check('--kustomize', 'prod');
  t.match(none.stdout, /neither kustomize nor kubectl is on PATH/);
  t.match(
    (await withPrograms(t, base).check('--kustomize', 'nowhere')).stdout,
    /no kustomization in this folder/,
  );
});

t.test('paths are judged beside what is rendered, and flags without a chart are wrong usage', async (t) => {
  const { check } = withPrograms(t, {
    ...chart,
    rendered,
    'a.yaml': deployment('api'),
    'bin/helm': prints('rendered'),
  });
  const { stdout } = await check('--helm', 'chart', 'a.yaml');
  t.match(stdout, /2 objects judged/);
  for (const args of [
    ['-f', 'prod.yaml'],
    ['--release', 'x'],
    ['--helm', 'a', '--helm', 'b', '--release', 'x'],
  ])
    t.equal((await check(...args)).exitCode, 2, args.join(' '));
});

t.test('standard input has the name of the file that it is the text of', async (t) => {
  const { tollgate } = commandLine(t, {});
  const args = ['check', '-', '--stdin-filename', 'deploy/web.yaml'];
  const { stdout } = await tollgate(args, { stdin: deployment('web') });
  t.match(stdout, /^deploy\/web\.yaml:9:5: warning/);
  t.match(stdout, /tollgate fix - --stdin-filename deploy\/web\.yaml$/m);
});
