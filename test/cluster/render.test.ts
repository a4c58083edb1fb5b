import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { commandLine, deployment } from '../cli/command-line.ts';
import { type Tool, toolPath } from './binaries.ts';

const root = join(import.meta.dirname, '../..');
const programs = (...tools: readonly Tool[]) => ({
  environment: { PATH: tools.map((tool) => dirname(toolPath(tool))).join(':'), HOME: '/nonexistent' },
});

t.test(
  'Helm renders the chart of tollgate itself, and its objects lead back to their templates',
  async (t) => {
    const { tollgate } = commandLine(t, {});
    const args = ['check', '--helm', join(root, 'charts/tollgate'), '-n', 'tollgate-system', '-o', 'json'];
    const { exitCode, stdout, stderr } = await tollgate(args, programs('helm'));
    t.equal(exitCode, 0, stderr);
    const { findings, tally, notJudged } = JSON.parse(stdout);
    t.same(notJudged, []);
    t.ok(tally.judged + tally.ungoverned > 2, 'its workload and its policies are among what was read');
    for (const { file } of findings) t.ok(existsSync(file), `${file} is there to be edited`);
  },
);

t.test('Helm says which template it could not render', async (t) => {
  const { tollgate } = commandLine(t, {
    'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'shop/templates/web.yaml':
      'kind: Pod\nmetadata:\n  name: {{ required "a name is needed" .Values.name }}\n',
  });
  const { exitCode, stdout } = await tollgate(['check', '--helm', 'shop'], programs('helm'));
  t.equal(exitCode, 3);
  t.match(stdout, /^shop\/templates\/web\.yaml:3:\d+: not judged, helm cannot render it: .*a name is needed/);
});

t.test('a subchart that was never fetched is not fetched now', async (t) => {
  const { tollgate } = commandLine(t, {
    'shop/Chart.yaml':
      'apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- { name: redis, version: 1.0.0, repository: "https://charts.example" }\n',
  });
  const { exitCode, stdout } = await tollgate(['check', '--helm', 'shop'], programs('helm'));
  t.equal(exitCode, 3);
  t.match(stdout, /^shop\/Chart\.yaml:1:1: not judged, .*redis/);
});

t.test('kubectl renders an overlay, and findings lead back to its base', async (t) => {
  const files = {
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': deployment('web'),
    'prod/kustomization.yaml': 'resources: [../base]\nnamePrefix: prod-\nnamespace: bank\n',
  };
  const { tollgate } = commandLine(t, files);
  const { stdout } = await tollgate(['check', '--kustomize', 'prod'], programs('kubectl'));
  t.match(stdout, /^base\/web\.yaml:9:5: warning: Deployment "bank\/prod-web"/);
  const broken = commandLine(t, { ...files, 'prod/kustomization.yaml': 'resources: [../nowhere]\n' });
  const failed = await broken.tollgate(['check', '--kustomize', 'prod'], programs('kubectl'));
  t.equal(failed.exitCode, 3);
  t.match(failed.stdout, /^prod\/kustomization\.yaml:1:1: not judged, kubectl cannot render it: .*nowhere/);
});

t.test('an address that nobody has recognised is still not fetched', async (t) => {
  const { tollgate } = commandLine(t, {
    'prod/kustomization.yaml': 'resources: ["example.com/org/repo.git"]\n',
  });
  const { exitCode } = await tollgate(['check', '--kustomize', 'prod'], programs('kubectl'));
  t.equal(exitCode, 3);
});
