import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, spread } from './table.ts';

/**
 * What `tollgate connections` and `tollgate diff` cost from the bundle, Node's start included, on one core: ten workloads
 * and five NetworkPolicies in each of 10, 30 and 100 namespaces, and 100 of them in two states; beside a bare `node -e 0`
 * and `tollgate check` of the same files in the same interleaved run.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 5);
const built = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
if (built.status !== 0) throw new Error('the bundle could not be built');

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const sets = [10, 30, 100].map((namespaces) => [namespaces, join(folder, `${namespaces}`)] as const);
for (const [namespaces, path] of sets) {
  mkdirSync(path);
  for (let index = 0; index < namespaces; index++)
    writeFileSync(join(path, `ns${index}.yaml`), namespaceOf(index));
}
const large = join(folder, '100');
const changed = join(folder, 'changed');
cpSync(large, changed, { recursive: true });
writeFileSync(
  join(changed, 'ns7.yaml'),
  namespaceOf(7).replaceAll('8001, endPort: 8003', '8001, endPort: 8004'),
);
// Between proxies the policies of these files open next to nothing: without them there is more to list.
const conventions = join(folder, 'plain.yaml');
writeFileSync(
  conventions,
  'apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: plain }\nspec: { defaultDeny: {}, mesh: { inject: "off" } }\n',
);

const report =
  "process.on('exit', () => process.stderr.write('\\nrss=' + process.resourceUsage().maxRSS + ' cpu=' + (process.cpuUsage().user + process.cpuUsage().system)))";
const preload = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
const tollgate = (...args: readonly string[]) => ['dist/tollgate.mjs', ...args, '--conventions', conventions];
const runs: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  'check of 100 namespaces': tollgate('check', large, '-o', 'concise'),
  ...Object.fromEntries(
    sets.map(([namespaces, path]) => [
      `connections of ${namespaces} namespaces`,
      tollgate('connections', path, '-o', 'csv'),
    ]),
  ),
  'diff of two states of 100 namespaces': tollgate('diff', large, changed),
};
const figures = new Map(
  Object.keys(runs).map((name) => [name, { wall: [] as number[], cpu: [] as number[], rss: [] as number[] }]),
);
for (let round = -1; round < rounds; round++) {
  for (const [name, args] of Object.entries(runs)) {
    const begun = performance.now();
    const { status, stderr } = spawnSync('taskset', ['-c', '0', process.execPath, ...preload, ...args], {
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    const seconds = (performance.now() - begun) / 1000;
    if (status === null || status > 1) throw new Error(`${name} ended with ${status}: ${stderr}`);
    const figure = figures.get(name);
    if (round < 0 || !figure) continue; // the first round warms the page cache
    const [, rss, cpu] = /rss=(\d+) cpu=(\d+)/.exec(stderr) ?? [];
    figure.wall.push(seconds);
    figure.cpu.push(Number(cpu) / 1e6);
    figure.rss.push(Number(rss) / 1e3);
  }
}
rmSync(folder, { recursive: true });
console.log(
  `\n### \`tollgate connections\` and \`diff\`\n\n${rounds} interleaved rounds on one core, start included.\n`,
);
printTable(
  ['run', 'wall s', 'CPU s', 'RSS MB'],
  [...figures].map(([name, { cpu, rss, wall }]) => [name, spread(wall, 2), spread(cpu, 2), spread(rss, 0)]),
);

/** A namespace with ten workloads of three kinds and five policies: a default-deny, a way in for two kinds, two ways out. */
function namespaceOf(index: number): string {
  const name = `ns${index}`;
  const labels = `{ kubernetes.io/metadata.name: ${name}, team: t${index % 7}, env: ${index % 3 === 0 ? 'dev' : 'prod'} }`;
  const workloads = Array.from({ length: 10 }, (_, number) => {
    const tier = number === 0 ? 'db' : number < 4 ? 'web' : 'api';
    return `apiVersion: apps/v1
kind: Deployment
metadata: { name: app${number}, namespace: ${name} }
spec:
  selector: { matchLabels: { app: app${number} } }
  template:
    metadata: { labels: { app: app${number}, tier: ${tier} } }
    spec: { containers: [{ name: c, image: 'x/y:1', ports: [{ containerPort: ${8000 + number} }] }] }`;
  });
  const policy = (own: string, spec: string) =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: ${own}, namespace: ${name} }\nspec: ${spec}`;
  return `${[
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name}, labels: ${labels} }`,
    ...workloads,
    policy('default-deny', '{ podSelector: {}, policyTypes: [Ingress, Egress] }'),
    policy(
      'db',
      '{ podSelector: { matchLabels: { tier: db } }, policyTypes: [Ingress], ingress: [{ from: [{ podSelector: { matchLabels: { tier: api } } }], ports: [{ port: 8000, protocol: TCP }] }] }',
    ),
    policy(
      'web',
      `{ podSelector: { matchLabels: { tier: web } }, policyTypes: [Ingress], ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: t${(index + 1) % 7} } } }, { ipBlock: { cidr: 10.${index}.0.0/16, except: [10.${index}.4.0/24] } }], ports: [{ port: 8001, endPort: 8003, protocol: TCP }] }] }`,
    ),
    policy(
      'out',
      '{ podSelector: { matchLabels: { tier: api } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: { matchLabels: { tier: db } } }] }, { to: [{ namespaceSelector: { matchLabels: { env: prod } }, podSelector: { matchLabels: { tier: web } } }], ports: [{ port: 8002 }] }] }',
    ),
    policy(
      'dns',
      '{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 53, protocol: UDP }] }] }',
    ),
  ].join('\n---\n')}\n`;
}
