import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { loadAll } from 'js-yaml';
import t from 'tap';
import { commandLine } from './command-line.ts';

interface Written {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly rules: readonly string[];
    readonly match: {
      readonly namespaces?: readonly string[];
      readonly kinds: readonly string[];
      readonly names: readonly string[];
    };
    readonly findings: readonly { readonly found?: string; readonly fingerprint?: string }[];
    readonly owner: string;
    readonly from: string;
    readonly until: string;
  };
}
interface Told {
  readonly rule: string;
  readonly severity: string;
  readonly object: { readonly name: string };
}

const written = (text: string) => loadAll(text) as readonly Written[];
const reason = ['--reason', 'before the mesh', '--until', '2027-03-31'];
const asked = [...reason, '--owner', 'team-shop'];

interface Workload {
  readonly name: string;
  readonly namespace: string;
  /** What is wrong with it. */
  readonly fault: 'opted out' | 'host network' | 'skips ports';
  readonly ports: string;
}

const workload = ({ fault, name, namespace, ports }: Workload) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }
      annotations:
        linkerd.io/inject: ${fault === 'opted out' ? 'disabled' : 'enabled'}
        ${fault === 'skips ports' ? `config.linkerd.io/skip-outbound-ports: "${ports}"` : 'a: b'}
    spec: { hostNetwork: ${fault === 'host network'}, containers: [{ name: main }] }
`;
const convention = (waivers = '{}') => `apiVersion: tollgate.dev/v1alpha1
kind: ConventionPolicy
metadata: { name: strict }
spec:
  mesh: { inject: enabled }
  rules: { gate/host-network: deny, mesh/*: deny }
  waivers: ${waivers}
`;
const anyWorkload: fc.Arbitrary<Workload> = fc.record({
  name: fc.constantFrom('web', 'api', 'ftp', 'db', 'cron'),
  namespace: fc.constantFrom('shop', 'till'),
  fault: fc.constantFrom('opted out', 'host network', 'skips ports'),
  // Wide ranges, since the rule is silent about single ports.
  ports: fc.constantFrom('1-65535', '1-60000', '2-65535'),
});
const anyWorld = fc.uniqueArray(anyWorkload, {
  minLength: 1,
  maxLength: 5,
  selector: ({ name, namespace }) => `${namespace}/${name}`,
});

t.test('what is waived is what is there: another object or another value is not', async (t) => {
  const { folder, tollgate } = commandLine(t, {
    'tollgate.yaml': convention('{ mustPin: ["gate/*", "mesh/*"], globs: false, maxObjects: 2 }'),
  });
  const put = (workloads: readonly Workload[]) =>
    writeFileSync(join(folder, 'work.yaml'), workloads.map(workload).join('---\n'));
  const check = async () => {
    const flags = ['--conventions', 'tollgate.yaml', '--conventions', 'waivers.yaml', '-o', 'json'];
    const { stdout } = await tollgate(['check', 'work.yaml', ...flags]);
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Told[] };
    return findings.filter(({ severity }) => severity === 'error');
  };
  await fc.assert(
    fc.asyncProperty(anyWorld, async (world) => {
      put(world);
      const outcome = await tollgate(['waive', 'work.yaml', ...asked, '-o', 'waivers.yaml', '--force']);
      if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
      const errors = await check();
      if (errors.length > 0) throw new Error(`denied with the waivers: ${JSON.stringify(errors)}`);
      for (const [index, one] of world.entries()) {
        const others = world.filter((_, at) => at !== index);
        put([...others, { ...one, name: 'another' }]);
        const renamed = await check();
        if (!renamed.some(({ object }) => object.name === 'another'))
          throw new Error(`another object is waived: ${JSON.stringify(one)}`);
        if (one.fault !== 'skips ports') continue;
        put([...others, { ...one, ports: '3-65535' }]);
        if ((await check()).length === 0) throw new Error(`another value is waived: ${one.ports}`);
      }
    }),
    { numRuns: 25, seed: 7 },
  );
  t.pass('held');
});

const golden = join(import.meta.dirname, '../golden/err');

t.test('with what is written, nothing denies but what nothing may waive', async (t) => {
  for (const sample of readdirSync(golden).filter((name) => !name.endsWith('.out'))) {
    const { folder, tollgate } = commandLine(t, {});
    const work = join(folder, 'work');
    mkdirSync(work);
    const from = join(golden, sample);
    cpSync(from, statSync(from).isDirectory() ? work : join(work, 'a.yaml'), { recursive: true });
    const own = readdirSync(work).includes('conventions.yaml');
    const conventions = own ? ['--conventions', 'conventions.yaml', '--exclude', 'conventions.yaml'] : [];
    const judged = async (more: readonly string[]) => {
      const args = ['check', '--no-ignore', ...conventions, ...more, '-o', 'json'];
      const { stdout } = await tollgate(args, { folder: 'work' });
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly Told[] };
      return findings.filter(({ rule, severity }) => severity === 'error' && !rule.startsWith('waiver/'));
    };
    const before = await judged([]);
    const flags = ['--no-ignore', ...conventions, ...asked, '--ticket', 'OPS-1', '-o', '../waivers.yaml'];
    const outcome = await tollgate(['waive', ...flags], { folder: 'work' });
    const writtenFor = /nothing to waive/.test(outcome.stderr) ? [] : ['--conventions', '../waivers.yaml'];
    const after = await judged(writtenFor);
    const refused = Number(/(\d+) findings? nothing may waive/.exec(outcome.stderr)?.[1] ?? 0);
    t.ok(
      after.length <= refused,
      `${sample}: ${before.length} errors, then ${after.length}; ${outcome.stderr}`,
    );
  }
});

const shop: readonly Workload[] = [
  { name: 'web', namespace: 'shop', fault: 'opted out', ports: '' },
  { name: 'api', namespace: 'shop', fault: 'opted out', ports: '' },
  { name: 'ftp', namespace: 'shop', fault: 'skips ports', ports: '1-65535' },
];
const owned = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: checkout } }\n';
const plain =
  'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: none }\nspec: { mesh: { inject: enabled }, rules: { mesh/*: deny } }\n';

t.test('one for each rule, namespace, kind and owner, with names and pins', async (t) => {
  const files = { 'tollgate.yaml': plain, 'work.yaml': [owned, ...shop.map(workload)].join('---\n') };
  const { tollgate } = commandLine(t, files);
  const outcome = await tollgate(['waive', 'work.yaml', ...reason, '--owner-label', 'team']);
  t.equal(outcome.exitCode, 0, outcome.stderr);
  t.match(written(outcome.stdout), [
    {
      metadata: { name: 'mesh-bypass-shop-deployment' },
      spec: {
        rules: ['mesh/bypass'],
        match: { namespaces: ['shop'], kinds: ['Deployment'], names: ['ftp'] },
        findings: [{ found: '1-65535' }],
        owner: 'checkout',
        from: '2026-11-20',
        until: '2027-03-31',
      },
    },
    { spec: { rules: ['mesh/opt-out'], match: { names: ['api', 'web'] }, findings: [{}, {}] } },
  ]);
  t.match(outcome.stdout, /- fingerprint: [0-9a-f]{32} # Deployment shop\/api: /);
  t.match(outcome.stderr, '2 waivers for 3 findings');
});

t.test('ends come one after another, and none lasts longer than its convention allows', async (t) => {
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': convention('{ maxDays: 90, requiredFields: [from] }'),
    'work.yaml': shop.map(workload).join('---\n'),
  });
  const { stdout, stderr } = await tollgate(['waive', 'work.yaml', ...asked, '--stagger', '4w']);
  t.strictSame(
    written(stdout).map(({ spec }) => spec.until),
    ['2027-01-20', '2027-02-17'],
  );
  t.match(stderr, '2 of them end before 2027-03-31');
});

t.test('what nothing may waive is said, and fails', async (t) => {
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': convention('{ never: [mesh/opt-out] }'),
    'work.yaml': shop.map(workload).join('---\n'),
  });
  const { exitCode, stdout, stderr } = await tollgate(['waive', 'work.yaml', ...asked]);
  t.equal(exitCode, 1);
  t.equal(written(stdout).length, 1);
  t.match(stderr, '2 findings nothing may waive: mesh/opt-out');
  t.match(stderr, 'left: Deployment "shop/api": mesh/opt-out');
});

t.test('a rule that only warns is waived where it is named, and others are left alone', async (t) => {
  const warns = plain.replace('deny', 'warn');
  const { tollgate } = commandLine(t, {
    'tollgate.yaml': warns,
    'work.yaml': shop.map(workload).join('---\n'),
  });
  t.match((await tollgate(['waive', 'work.yaml', ...asked])).stderr, 'nothing to waive');
  const { stdout } = await tollgate(['waive', 'work.yaml', ...asked, '--rules', 'mesh/opt-out']);
  t.strictSame(
    written(stdout).map(({ spec }) => spec.rules),
    [['mesh/opt-out']],
  );
});

t.test(
  'nothing is written over, nothing is written twice, and what is missing is said at once',
  async (t) => {
    const { read, tollgate } = commandLine(t, {
      'tollgate.yaml': plain,
      'work.yaml': shop.map(workload).join('---\n'),
      'there.yaml': 'mine\n',
    });
    const kept = await tollgate(['waive', 'work.yaml', ...asked, '-o', 'there.yaml']);
    t.equal(kept.exitCode, 3);
    t.equal(read('there.yaml'), 'mine\n');
    t.equal((await tollgate(['waive', 'work.yaml', ...asked, '-o', 'there.yaml', '--force'])).exitCode, 0);
    const both = ['--conventions', 'tollgate.yaml', '--conventions', 'there.yaml'];
    t.match((await tollgate(['waive', 'work.yaml', ...asked, ...both])).stderr, 'nothing to waive');
    const { exitCode, stderr } = await tollgate(['waive', 'work.yaml', '--rules', 'mesh/optout']);
    t.equal(exitCode, 2);
    for (const missing of ['--until', '--reason', '--owner', 'did you mean mesh/opt-out'])
      t.match(stderr, missing);
    t.match(
      (await tollgate(['waive', 'work.yaml', ...reason, '--owner-label', 'team'])).stderr,
      'nobody answers for Deployment "shop/web"',
    );
  },
);
