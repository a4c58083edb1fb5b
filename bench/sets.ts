import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, spread } from './table.ts';

/**
 * What `tollgate check` costs of a tree of 50 overlays on one base, from the bundle and Node's start included, beside
 * the rendering of these overlays alone, one after another by the same program, in the same interleaved run.
 */
const rounds = Number(process.env.TOLLGATE_BENCH_ROUNDS ?? 5);
const program = ['kustomize', 'kubectl'].find(
  (name) => spawnSync(name, ['version', '--client']).error === undefined,
);
if (program === undefined) throw new Error('neither kustomize nor kubectl is on PATH');
const built = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
if (built.status !== 0) throw new Error('the bundle could not be built');

const folder = mkdtempSync(join(tmpdir(), 'tollgate-bench-'));
const overlays = Array.from({ length: 50 }, (_, index) => join(folder, `overlays/cluster-${index}`));
const services = Array.from({ length: 8 }, (_, index) => `web-${index}`);
write(
  'base/kustomization.yaml',
  `resources: [namespace.yaml, ${services.map((name) => `${name}.yaml`).join(', ')}]\n`,
);
write(
  'base/namespace.yaml',
  `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n---
apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: default-deny, namespace: shop }
spec: { types: [Ingress, Egress] }\n`,
);
for (const name of services)
  write(
    `base/${name}.yaml`,
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "registry.example/${name}:1", ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8080 }] }
`,
  );
for (const [index] of overlays.entries())
  write(
    `overlays/cluster-${index}/kustomization.yaml`,
    `resources: [../../base]\nnamePrefix: c${index}-\nlabels: [{ pairs: { cluster: "c${index}" } }]\n`,
  );

const seconds = { rendering: [] as number[], check: [] as number[] };
for (let round = -1; round < rounds; round++) {
  const rendering = timed(() => {
    for (const overlay of overlays)
      run(program, program === 'kubectl' ? ['kustomize', overlay] : ['build', overlay], [0]);
  });
  const check = timed(() =>
    run(process.execPath, ['dist/tollgate.mjs', 'check', folder, '-o', 'json'], [0, 1]),
  );
  if (round < 0) continue;
  seconds.rendering.push(rendering);
  seconds.check.push(check);
}
rmSync(folder, { recursive: true, force: true });
printTable(
  ['50 overlays', 'seconds'],
  [
    [`rendered by ${program}`, spread(seconds.rendering, 2)],
    ['rendered and judged by tollgate check', spread(seconds.check, 2)],
  ],
);

function write(file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

function run(name: string, args: readonly string[], expected: readonly number[]): void {
  const { status, stderr } = spawnSync(name, [...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (!expected.includes(status ?? -1)) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
}

function timed(work: () => void): number {
  const begun = performance.now();
  work();
  return (performance.now() - begun) / 1000;
}
