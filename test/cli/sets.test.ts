import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commandLine, deployment } from './command-line.ts';

/** Prints what a test says that the kustomization of a folder makes. */
const kustomize =
  '#!/bin/sh\n[ -f "$2/rendered" ] || { echo "Error: no such base" >&2; exit 1; }\n/bin/cat "$2/rendered"\n';

function repository(
  t: Test,
  files: Readonly<Record<string, string>>,
  programs: readonly string[] = ['kustomize'],
) {
  const bin = Object.fromEntries(programs.map((name) => [`bin/${name}`, kustomize]));
  const line = commandLine(t, { ...files, ...bin });
  for (const name of Object.keys(bin)) chmodSync(join(line.folder, name), 0o755);
  const environment = { PATH: join(line.folder, 'bin') };
  const check = (...args: string[]) => line.tollgate(['check', ...args], { environment });
  return {
    ...line,
    check,
    report: async (...args: string[]) => JSON.parse((await check(...args, '-o', 'json')).stdout),
  };
}

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n---\n`;
const closed = (name: string) => `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: default-deny, namespace: ${name} }
spec: { types: [Ingress, Egress] }
---
`;
const cover = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: default-deny }
spec: { namespaceSelector: 'kubernetes.io/metadata.name in { "shop", "bank" }', types: [Ingress, Egress] }
---
`;
const overlays = {
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'base/web.yaml': deployment('web'),
  'overlays/dev/kustomization.yaml': 'namespace: shop\nresources: [../../base]\n',
  'overlays/dev/rendered': namespace('shop') + deployment('web'),
  'overlays/prod/kustomization.yaml': 'namespace: shop\nresources: [../../base]\n',
  'overlays/prod/rendered': namespace('shop') + closed('shop') + deployment('web'),
};
interface Verdict {
  readonly name: string;
  readonly exitCode: number;
}
const verdicts = ({ sets }: { readonly sets: readonly Verdict[] }) =>
  sets.map(({ name, exitCode }) => `${name} ${exitCode}`);

t.test('overlays are sets of their own, each rendered and with its own verdict', async (t) => {
  const { check, report } = repository(t, overlays);
  const found = await report();
  t.same(verdicts(found), ['overlays/dev 1', 'overlays/prod 0']);
  t.equal(found.exitCode, 1, 'the worst');
  t.same(found.notJudged, []);
  const missing = found.findings.filter(({ rule }: { rule: string }) => rule === 'gate/default-deny-missing');
  t.match(missing, [{ sets: ['overlays/dev'] }]);
  const meshed = found.findings.filter(({ rule }: { rule: string }) => rule === 'mesh/inject-missing');
  t.match(meshed, [{ file: 'base/web.yaml', line: 9, sets: ['overlays/dev', 'overlays/prod'] }], 'told once');

  for (const format of ['text', 'concise', 'markdown', 'github'])
    t.match(
      (await check('-o', format)).stdout,
      /set overlays\/dev: 1 error, 2 warnings, 2 objects judged, exit 1[^]*set overlays\/prod: 3 warnings, 3 objects judged, exit 0/,
      format,
    );
  t.match(
    (await check()).stdout,
    /web\.yaml:9:5: .*\(in sets: overlays\/dev, overlays\/prod\) \[mesh\/inject-missing\]/,
  );
  t.match((await check('-o', 'text')).stdout, /in sets: overlays\/dev, overlays\/prod/);
  t.match((await check('-o', 'gitlab')).stdout, /\(in sets: overlays\/dev\)/);
  t.match((await check('-o', 'junit')).stdout, /<testsuite name="sets" tests="2" failures="1"/);
  const { properties, results } = JSON.parse((await check('-o', 'sarif')).stdout).runs[0];
  t.same(verdicts(properties), ['overlays/dev 1', 'overlays/prod 0']);
  t.same(results.at(-1).properties.sets, ['overlays/dev']);
});

t.test(
  'without a program, and where it fails, kustomizations are named and their files are judged',
  async (t) => {
    const without = await repository(t, overlays, []).report();
    t.equal(without.exitCode, 3);
    t.equal(without.sets, undefined);
    const { 'overlays/prod/rendered': _, ...rest } = overlays;
    const failing = await repository(t, rest).report();
    t.same(verdicts(failing), ['overlays/dev 3']);
    t.match(
      failing.notJudged.filter(({ id }: { id: string }) => id === 'manifest/render'),
      [{ file: 'overlays/prod/kustomization.yaml', reason: 'kustomize cannot render it: no such base' }],
    );
  },
);

t.test('what is in no set of its own is applied with each, unless it contradicts it', async (t) => {
  const { report } = repository(t, { ...overlays, 'platform/cover.yaml': cover });
  t.same(verdicts(await report()), ['overlays/dev 0', 'overlays/prod 0']);
  const other = repository(t, {
    ...overlays,
    'release.yaml': deployment('web', { team: 'x' }),
    'cover.yaml': cover,
  });
  t.same(verdicts(await other.report()), ['overlays/dev 1', 'overlays/prod 0', '. 0']);
});

t.test('folders that define an object differently are sets of their own', async (t) => {
  const files = {
    'clusters/a/shop.yaml': namespace('shop') + deployment('web'),
    'clusters/b/shop.yaml': namespace('shop') + deployment('web', { team: 'b' }),
    'clusters/b/bank.yaml': namespace('bank'),
    'platform/cover.yaml': cover,
  };
  const found = await repository(t, files).report();
  t.same(verdicts(found), ['clusters/a 0', 'clusters/b 0']);
  t.same(found.notJudged, [], 'nothing has to be judged on its own');
  const open = await repository(t, { ...files, 'clusters/a/own.yaml': closed('bank') }).report('clusters');
  t.same(verdicts(open), ['clusters/a 1', 'clusters/b 1'], 'a policy of one covers nothing of the other');
});

t.test('sets within sets are the innermost folders, with what lies above them', async (t) => {
  const found = await repository(t, {
    'a/cover.yaml': cover,
    'a/dev/shop.yaml': namespace('shop') + deployment('web'),
    'a/prod/shop.yaml': namespace('shop') + deployment('web', { team: 'a' }),
    'b/shop.yaml': namespace('shop') + deployment('web', { team: 'b' }),
  }).report();
  t.same(verdicts(found), ['a/dev 0', 'a/prod 0', 'b 1']);
});

t.test(
  'what no rule is about separates nothing, and is no reason to judge anything on its own',
  async (t) => {
    const settings = (value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings, namespace: shop }\ndata: { a: "${value}" }\n`;
    const { check } = repository(t, {
      'a/settings.yaml': settings('1'),
      'b/settings.yaml': settings('2'),
      'b/web.yaml': deployment('web'),
    });
    const { exitCode, stdout } = await check();
    t.equal(exitCode, 0, stdout);
    t.notMatch(stdout, /set |not judged/);
    const same = repository(t, { 'a/web.yaml': deployment('web'), 'b/web.yaml': deployment('web') });
    t.notMatch((await same.check()).stdout, /set /, 'equal copies contradict nothing');
    const together = repository(t, {
      'a.yaml': deployment('web'),
      'b.yaml': deployment('web', { team: 'x' }),
    });
    t.equal((await together.check()).exitCode, 3, 'in one folder they are a mistake');
  },
);

const manifestSet = (name: string, spec: string) =>
  `---\napiVersion: tollgate.dev/v1alpha1\nkind: ManifestSet\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
const strict = `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: strict }
spec:
  rules: { mesh/inject-missing: { ci: deny } }
  mesh: { inject: enabled }
`;
const named = {
  'tollgate.yaml':
    manifestSet('dev', '{ paths: [clusters/dev], context: [platform] }') +
    manifestSet('prod', '{ paths: [clusters/prod.yaml], conventions: [strict.yaml], namespace: bank }') +
    manifestSet('live', '{ kustomize: [overlays/prod], helm: [{ chart: chart, values: [far/prod.yaml] }] }'),
  'strict.yaml': strict,
  'platform/cover.yaml': cover,
  'clusters/dev/shop.yaml': namespace('shop'),
  'clusters/prod.yaml': deployment('web').replace('  namespace: shop\n', ''),
  'overlays/prod/kustomization.yaml': 'namespace: shop\nresources: [web.yaml]\n',
  'overlays/prod/web.yaml': deployment('web'),
  'overlays/prod/rendered': deployment('web'),
};

t.test('sets that tollgate.yaml names have their own context, conventions and namespace', async (t) => {
  const { report, tollgate, check } = repository(t, named);
  const found = await report();
  t.same(verdicts(found), ['dev 0', 'prod 1', 'live 3']);
  const denied = found.findings.filter(({ severity }: { severity: string }) => severity === 'error');
  t.match(denied, [{ rule: 'mesh/inject-missing', object: { namespace: 'bank' }, sets: ['prod'] }]);
  t.match(found.notJudged, [{ file: 'chart', sets: ['live'] }], 'a chart that is not there');
  t.same(verdicts(await report('--set', 'dev')), ['dev 0']);
  const below = await tollgate(['check', '-o', 'json', '--set', 'dev'], { folder: 'platform' });
  t.same(verdicts(JSON.parse(below.stdout)), ['dev 0'], 'paths are those of the file');
  t.match((await check('clusters/prod.yaml')).stdout, 'default/web', 'a PATH counts more');

  const unknown = await check('--set', 'deb');
  t.equal(unknown.exitCode, 2);
  t.match(unknown.stderr, /there is no set "deb" in tollgate\.yaml, did you mean dev\?/);
  t.equal((await check('--set', 'dev', 'platform')).exitCode, 2);
});

t.test('what is wrong with a set is told with its place', async (t) => {
  const { check } = repository(t, {
    'tollgate.yaml':
      manifestSet('a', '{ paths: [a.yaml], contxt: [b] }') +
      manifestSet('b', '{}') +
      manifestSet('b', '{ paths: [a.yaml] }'),
  });
  const { exitCode, stderr } = await check();
  t.equal(exitCode, 2);
  t.match(stderr, /tollgate\.yaml:\d+:\d+: .*contxt.* did you mean "context"/);
  t.match(stderr, /at least one of paths, helm and kustomize/);
  const twice = repository(t, {
    'tollgate.yaml': manifestSet('a', '{ paths: [a.yaml] }') + manifestSet('a', '{ paths: [a.yaml] }'),
  });
  t.match((await twice.check()).stderr, /the name "a" is already taken/);
});
