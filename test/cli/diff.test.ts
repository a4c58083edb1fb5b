import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandLine } from './command-line.ts';

const workload = (name: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} }${more} }
    spec: { containers: [{ name: ${name}, ports: [{ name: main, containerPort: 8080 }] }] }
`;
const policy = (name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: ${spec}\n`;
const documents = (...texts: readonly string[]) => texts.join('---\n');
const plain =
  'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: {}, mesh: { inject: "off" } }\n';
const closed = policy('closed', '{ order: 9, selector: all(), types: [Ingress, Egress] }');
const out = policy(
  'out',
  '{ selector: app == "web", types: [Egress], egress: [{ action: Allow, protocol: TCP, destination: { selector: app == "db" } }] }',
);
const dbIn = (port: number, source = 'app == "web"') =>
  policy(
    'db-in',
    `{ selector: app == "db", types: [Ingress], ingress: [{ action: Allow, protocol: TCP, source: { selector: ${source} }, destination: { ports: [${port}] } }] }`,
  );
const shop = documents(
  'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
  workload('web'),
  workload('db'),
);

t.test('what a pull request opens, closes and uncovers, from the revisions of a repository', async (t) => {
  const { folder, read, tollgate } = commandLine(t, {
    'tollgate.yaml': plain,
    'deploy/shop.yaml': shop,
    'deploy/closed.yaml': closed,
    'deploy/out.yaml': out,
    'deploy/in.yaml': dbIn(5432),
  });
  rmSync(join(folder, '.git'), { recursive: true });
  const git = (...args: readonly string[]) => {
    const own = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com', ...args];
    const { status, stderr } = spawnSync('git', own, { cwd: folder, encoding: 'utf8' });
    t.equal(status, 0, stderr);
  };
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=before');
  const same = await tollgate(['diff', 'git:main', '.', '--fail-on', 'opened']);
  t.equal(same.exitCode, 0, same.stderr);
  t.match(same.stdout, /^0 objects changed: 0 opened, 0 closed/);

  writeFileSync(join(folder, 'deploy/in.yaml'), dbIn(6432));
  rmSync(join(folder, 'deploy/closed.yaml'));
  const diff = await tollgate([
    'diff',
    'git:main:deploy',
    'deploy',
    '-o',
    'text',
    '-o',
    'json=diff.json',
    '-o',
    'markdown=diff.md',
  ]);
  t.equal(diff.exitCode, 0, diff.stderr);
  const line = (what: string) => diff.stdout.split('\n').find((one) => one.includes(what)) ?? '';
  t.match(
    line('web -> Deployment shop/db: TCP 6432'),
    'TCP 6432 (plaintext) by NetworkPolicy "shop/db-in" (deploy/in.yaml:3:13)',
  );
  t.match(line('web -> Deployment shop/db: TCP 5432'), 'TCP 5432 (plaintext) by NetworkPolicy "shop/db-in"');
  t.match(
    line('anywhere (IPv4) -> Deployment shop/web'),
    'everything (plaintext) by removed NetworkPolicy "shop/closed" (deploy/closed.yaml:3:13)',
  );
  t.match(line('ingress over IPv4'), 'is open, was closed by removed NetworkPolicy "shop/closed"');
  t.match(line('gate/default-deny-missing'), /deploy\/shop\.yaml:\d+:\d+ gate\/default-deny-missing/);
  const { connections, coverage, findings } = JSON.parse(read('diff.json')) as {
    readonly connections: readonly { readonly kind: string }[];
    readonly coverage: readonly object[];
    readonly findings: { readonly added: readonly object[] };
  };
  t.equal(connections.filter(({ kind }) => kind === 'closed').length, 2, 'in both families');
  t.equal(coverage.length, 4);
  t.ok(findings.added.length > 0);
  t.match(read('diff.md'), /\*\*🔓 Opened\*\* \(\d+\)\n- .* → /);
  t.ok(read('diff.md').split('\n').length < 60, 'one screen');

  const back = await tollgate(['diff', 'deploy', 'git:main:deploy']);
  t.match(back.stdout, 'coverage won');
  for (const word of ['opened', 'plaintext', 'uncovered'])
    t.equal((await tollgate(['diff', 'git:main', '.', '--fail-on', word])).exitCode, 1, word);
  t.equal((await tollgate(['diff', 'git:nowhere', '.'])).exitCode, 2);
  t.match((await tollgate(['diff', 'git:nowhere', '.'])).stderr, 'git:nowhere could not be read');
  t.equal((await tollgate(['diff', 'git:main'])).exitCode, 2);
  git('diff', '--quiet', '--cached');
});

t.test('what goes in the clear now, and several objects that do it only together', async (t) => {
  const mesh = policy(
    'all',
    '{ selector: all(), types: [Ingress, Egress], ingress: [{ action: Allow }], egress: [{ action: Allow }] }',
  );
  const { tollgate } = commandLine(t, {
    'meshed/shop.yaml': documents(shop, mesh),
    'left/shop.yaml': documents(
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
      workload('web'),
      workload('db', ', annotations: { linkerd.io/inject: disabled }'),
      mesh,
    ),
    'plain.yaml': plain,
    'shut/shop.yaml': documents(shop, closed),
    'open/shop.yaml': documents(shop, closed, out, dbIn(5432)),
  });
  const left = await tollgate(['diff', 'meshed', 'left', '--fail-on', 'plaintext']);
  t.equal(left.exitCode, 1, left.stderr);
  t.match(
    left.stdout,
    /newly in the clear:\n {2}Deployment shop\/web -> Deployment shop\/db: .* \(encrypted before, now plaintext\) by Deployment "shop\/db"/,
  );
  const both = await tollgate(['diff', 'shut', 'open', '--conventions', 'plain.yaml']);
  t.match(
    both.stdout,
    /web -> Deployment shop\/db: TCP 5432 \(plaintext\) by added NetworkPolicy "shop\/out" .* and added NetworkPolicy "shop\/db-in"/,
  );
});

t.test('snapshots are states, and what could not be read is said', async (t) => {
  const head = (missing: string) =>
    `apiVersion: tollgate.dev/v1alpha1\nkind: Snapshot\nmetadata: { name: cluster }\nspec: { taken: 2026-11-20T12:00:00Z, calico: { mode: v3crd, version: "3.31" }, missing: [${missing}] }\n`;
  const { tollgate } = commandLine(t, {
    'plain.yaml': plain,
    'monday.yaml': documents(head(''), shop, closed),
    'tuesday.yaml': documents(head(''), shop),
    'blind.yaml': documents(head('{ what: pods, why: forbidden }'), shop),
  });
  const asked = ['--conventions', 'plain.yaml'];
  const seen = await tollgate(['diff', 'monday.yaml', 'tuesday.yaml', ...asked]);
  t.equal(seen.exitCode, 0, seen.stderr);
  t.match(seen.stdout, 'removed NetworkPolicy "shop/closed"');
  const blind = await tollgate(['diff', 'monday.yaml', 'blind.yaml', ...asked]);
  t.equal(blind.exitCode, 3);
  t.match(blind.stdout, 'not known: pods (after) could not be read: forbidden');
});

t.test('a finding about one direction is not one about the other', async (t) => {
  const state = (...types: readonly string[]) =>
    documents(
      policy('deny', `{ selector: all(), types: [${types.join(', ')}] }`),
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
    );
  const { tollgate } = commandLine(t, {
    'plain.yaml': plain,
    'in/all.yaml': state('Ingress'),
    'out/all.yaml': state('Egress'),
    'none/all.yaml': documents(
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
      policy('some', '{ selector: has(a), types: [Ingress] }'),
    ),
  });
  const findings = async (base: string, head: string) => {
    const { stdout } = await tollgate(['diff', base, head, '--conventions', 'plain.yaml', '-o', 'json']);
    const answer = JSON.parse(stdout) as {
      findings: Record<'added' | 'gone', readonly { rule: string; message: string }[]>;
    };
    const told = (kind: 'added' | 'gone') =>
      answer.findings[kind]
        .filter(({ rule }) => rule === 'gate/default-deny-missing')
        .map(({ message }) => /(ingress|egress)[a-z ]* not denied/.exec(message)?.[1]);
    return { added: told('added'), gone: told('gone') };
  };
  t.same(await findings('in', 'out'), { added: ['ingress'], gone: ['egress'] });
  t.same((await findings('in', 'none')).gone, [], 'egress was open before and is open still');
  t.equal((await findings('in', 'none')).added.length, 1, 'ingress is not');
  t.same(await findings('in', 'in'), { added: [], gone: [] });
});
