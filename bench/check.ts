import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, spread } from './table.ts';

/**
 * What `tollgate check` costs from the bundle, Node's start included, on one core: one file, and 1,000 files with
 * 2,000 documents, once with a finding in every tenth file and once with two or three in each; and what one question of
 * `tollgate flow` costs among 100 files; beside a bare `node -e 0` in the same interleaved run.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 7);
const built = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
if (built.status !== 0) throw new Error('the bundle could not be built');

/** What a proxy needs, which a default-deny has to leave open. */
const openings = `
  egress:
    - to:
        - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: kube-system } }
          podSelector: { matchLabels: { k8s-app: kube-dns } }
      ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
    - to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: linkerd } } }]
      ports: [{ port: 8080 }, { port: 8086 }, { port: 8090 }]`;

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const [tidy, untidy, hundred] = ['tidy', 'untidy', 'hundred'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const many of [tidy, untidy, hundred]) mkdirSync(many);
for (let index = 0; index < 1000; index++) {
  const isMeshed = index % 10 !== 0;
  writeFileSync(join(tidy, `app-${index}.yaml`), manifestsOf(index, { isMeshed, isOpen: true }));
  if (index < 100)
    writeFileSync(join(hundred, `app-${index}.yaml`), manifestsOf(index, { isMeshed, isOpen: true }));
  const isHalf = index % 2 === 0;
  writeFileSync(join(untidy, `app-${index}.yaml`), manifestsOf(index, { isMeshed: isHalf, isOpen: false }));
}
const one = join(folder, 'one.yaml');
writeFileSync(one, manifestsOf(0, { isMeshed: false, isOpen: false }));

const report = "process.on('exit', () => process.stderr.write('\\nrss=' + process.resourceUsage().maxRSS))";
const preload = ['--import', `data:text/javascript,${encodeURIComponent(report)}`];
const runs: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  'check of one file': ['dist/tollgate.mjs', 'check', one],
  'flow among 100 files, 200 documents': [
    'dist/tollgate.mjs',
    'flow',
    'team-1/app-1',
    'team-2/app-2',
    '8080',
    hundred,
  ],
  'check of 1,000 files, 2,000 documents': ['dist/tollgate.mjs', 'check', tidy, '-o', 'concise'],
  'the same with findings in each file': ['dist/tollgate.mjs', 'check', untidy, '-o', 'concise'],
};
const figures = new Map(
  Object.keys(runs).map((name) => [name, { seconds: [] as number[], rss: [] as number[] }]),
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
    figure.seconds.push(seconds);
    figure.rss.push(Number(/rss=(\d+)/.exec(stderr)?.[1]) / 1e3);
  }
}
rmSync(folder, { recursive: true });
console.log(`\n### \`tollgate check\`\n\n${rounds} interleaved rounds on one core, start included.\n`);
printTable(
  ['run', 'wall s', 'RSS MB'],
  [...figures].map(([name, { seconds, rss }]) => [name, spread(seconds, 3), spread(rss, 0)]),
);

interface Shape {
  /** Whether the template asks for the mesh. */
  readonly isMeshed: boolean;
  /** Whether the default-deny leaves open what a proxy needs, and the template has the label that is wanted. */
  readonly isOpen: boolean;
}

/** A namespace's default-deny and a Deployment in it. */
function manifestsOf(index: number, { isMeshed, isOpen }: Shape): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: default-deny, namespace: team-${index} }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]${isOpen ? openings : ''}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
  namespace: team-${index}
  labels: { app: app-${index} }
spec:
  replicas: 2
  selector:
    matchLabels: { app: app-${index} }
  template:
    metadata:
      labels: { app: app-${index}${isOpen ? `, app.kubernetes.io/name: app-${index}` : ''} }
${isMeshed ? '      annotations: { linkerd.io/inject: enabled }\n' : ''}    spec:
      serviceAccountName: app-${index}
      containers:
${Array.from({ length: 4 }, (_, container) => containerOf(container)).join('')}`;
}

function containerOf(index: number): string {
  return `        - name: container-${index}
          image: example/app-${index}:1.0.${index}
          ports:
            - { name: http-${index}, containerPort: ${8080 + index} }
          env:
            - { name: LOG_LEVEL, value: info }
            - { name: REGION, value: north }
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { cpu: 500m, memory: 256Mi }
          readinessProbe:
            httpGet: { path: /ready, port: http-${index} }
            periodSeconds: 5
`;
}
