import t from 'tap';
import { rules } from '../../src/rules/registry.ts';
import { commandLine, conventions, waiver } from './command-line.ts';

const files = {
  'tollgate.yaml': `${conventions}  rules:
    mesh/*: warn
    label/required-missing: { action: deny, audit: off, since: 2027-01-15 }
${waiver('2026-11-25')}`,
};

t.test('explain says what a rule finds, with examples, and what becomes of it here', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { exitCode, stdout } = await tollgate(['explain', 'mesh/inject-missing', 'label/required-missing']);
  t.equal(exitCode, 0);
  t.match(stdout, /^mesh\/inject-missing\n\nA workload would run outside the mesh/);
  t.match(stdout, /\nFound:\n {2}apiVersion: apps\/v1\n/);
  t.match(stdout, /\nWanted:\n/);
  t.match(
    stdout,
    '\nIn force:\n  convention "baseline": warn everywhere; set for mesh/* in tollgate.yaml:12\n',
  );
  t.match(
    stdout,
    '\n  convention "baseline": warn (deny from 2027-01-15 on) at admission, warn (deny from 2027-01-15 on) in CI, off in audits; set for label/required-missing in tollgate.yaml:13\n',
  );
  t.notMatch(stdout, '**');
});

t.test('explain without a rule lists all of them with their actions', async (t) => {
  const { tollgate } = commandLine(t, files);
  const { stdout } = await tollgate(['explain']);
  for (const { id, title } of rules)
    t.ok(
      stdout.split('\n').some((line) => line.startsWith(`${id} `) && line.endsWith(title)),
      id,
    );
  t.match(stdout, /^mesh\/inject-missing +warn +A workload/m);
  t.match(stdout, /^label\/required-missing +warn\/warn\/off +A pod/m);
  t.match(stdout, /^waiver\/unused +warn +A waiver covers nothing$/m);
});

t.test('explain knows what is said about waivers and files, and names the rule that was meant', async (t) => {
  const { tollgate } = commandLine(t, files);
  t.match(
    (await tollgate(['explain', 'waiver/expired'])).stdout,
    'A waiver has ended, so that it no longer counts.',
  );
  t.match(
    (await tollgate(['explain', 'manifest/template'])).stdout,
    'It is not judged, and the run exits with 3.',
  );
  const wrong = await tollgate(['explain', 'mesh/inject-mising']);
  t.equal(wrong.exitCode, 2);
  t.match(
    wrong.stderr,
    'tollgate: there is no rule "mesh/inject-mising", did you mean mesh/inject-missing?; tollgate explain lists them',
  );
});

t.test('conventions prints what is in force, each value with where it comes from', async (t) => {
  const { tollgate, read } = commandLine(t, files);
  const { exitCode, stdout } = await tollgate(['conventions']);
  t.equal(exitCode, 0);
  t.match(stdout, /^# convention "baseline", from tollgate\.yaml:3\napiVersion: tollgate\.dev\/v1alpha1\n/);
  t.match(stdout, '    inject: enabled # tollgate.yaml:6\n');
  t.match(stdout, '    selector: {} # default\n');
  t.match(stdout, '    mesh/*: warn # tollgate.yaml:12\n');
  t.match(
    stdout,
    '---\n# waiver "legacy", from tollgate.yaml:17\n# waiver "legacy" of team-files ends on 2026-11-25, in 5 days\n',
  );
  t.ok(read('tollgate.yaml'));
});

t.test('what conventions prints can be loaded, and is then what is in force', async (t) => {
  const { tollgate } = commandLine(t, files);
  const first = (await tollgate(['conventions'])).stdout;
  const again = commandLine(t, { 'tollgate.yaml': first });
  const withoutComments = (text: string) => text.replaceAll(/ *#.*/g, '');
  t.equal(withoutComments((await again.tollgate(['conventions'])).stdout), withoutComments(first));
  const packaged = commandLine(t, {});
  const printed = (await packaged.tollgate(['conventions'])).stdout;
  t.match(printed, /^# convention "baseline", the default one: no conventions are given\n/);
  const saved = commandLine(t, { 'tollgate.yaml': printed });
  t.equal(withoutComments((await saved.tollgate(['conventions'])).stdout), withoutComments(printed));
});

t.test(
  'conventions --explain says which convention governs a namespace, and why the others do not',
  async (t) => {
    const convention = (name: string, priority: number, namespaces: string) =>
      `---\napiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: ${name} }\nspec:\n  priority: ${priority}\n  namespaces: ${namespaces}\n  mesh: {}\n`;
    const { tollgate } = commandLine(t, {
      'tollgate.yaml': [
        convention('baseline', 0, '{ exclude: ["lab-*"] }'),
        convention('regulated', 10, '{ selector: { matchLabels: { tier: regulated } } }'),
        convention(
          'sandbox',
          5,
          '{ selector: { matchExpressions: [{ key: team, operator: In, values: [a, b] }] } }',
        ),
      ].join(''),
      'deploy/namespace.yaml':
        'apiVersion: v1\nkind: Namespace\nmetadata: { name: bank, labels: { tier: regulated, team: c } }\n',
    });
    t.equal(
      (await tollgate(['conventions', '--explain', 'bank', 'deploy'])).stdout,
      [
        'namespace "bank" is governed by convention "regulated", from tollgate.yaml:12',
        '  its labels: tier=regulated, team=c, kubernetes.io/metadata.name=bank',
        '* "regulated", priority 10, selects tier=regulated',
        '  "sandbox", priority 5, wants team in (a, b), and it is "c"',
        '  "baseline", priority 0, selects every namespace, and "regulated" has the higher priority 10',
        '',
      ].join('\n'),
    );
    t.equal(
      (await tollgate(['conventions', '--explain', 'lab-1'])).stdout,
      [
        'namespace "lab-1" is governed by no convention: nothing in it is judged',
        '  its labels: kubernetes.io/metadata.name=lab-1 (no manifest of it was read: name the file or folder that has it, and its labels count)',
        '  "regulated", priority 10, wants tier=regulated, and there is no such label',
        '  "sandbox", priority 5, wants team in (a, b), and there is no such label',
        '  "baseline", priority 0, excludes the names "lab-*"',
        '',
      ].join('\n'),
    );
    t.match(
      (await tollgate(['conventions', '--explain', 'kube-system'])).stdout,
      '  "baseline", priority 0, never governs "kube-system", without which nothing could be repaired\n',
    );
  },
);

t.test(
  'conventions says of manifests what each waiver covers, and which of its names are dead',
  async (t) => {
    const waiver = (name: string, match: string) =>
      `---\napiVersion: tollgate.dev/v1alpha1\nkind: Waiver\nmetadata: { name: ${name} }\nspec:\n  rules: [mesh/opt-out]\n  match: ${match}\n  owner: team-a\n  reason: raw TCP\n  until: 2099-12-31\n`;
    const opted = (namespace: string, name: string) =>
      `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec:\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} }, annotations: { linkerd.io/inject: disabled } }\n    spec: { containers: [{ name: web, image: "example/web:1" }] }\n`;
    const { tollgate } = commandLine(t, {
      'tollgate.yaml': [
        waiver('used', '{ namespaces: [shop, till, bank], names: [web, api, old, older] }'),
        waiver('idle', '{ names: [gone] }'),
      ].join(''),
      'deploy/all.yaml': [opted('shop', 'web'), opted('shop', 'api'), opted('till', 'web')].join(''),
    });
    const { exitCode, stdout } = await tollgate(['conventions', 'deploy']);
    t.equal(exitCode, 0);
    t.match(
      stdout,
      /^# waiver "used".*\n# covers 3 objects in 2 namespaces of what was read; nothing of "bank", "old", "older"$/m,
    );
    t.match(stdout, /^# waiver "idle".*\n# covers nothing of what was read$/m);
    t.notMatch((await tollgate(['conventions'])).stdout, 'of what was read');
  },
);
