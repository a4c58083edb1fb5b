import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commandLine } from './command-line.ts';

const golden = join(import.meta.dirname, '../golden');
const samples = ['ok', 'err'].flatMap((kind) =>
  readdirSync(join(golden, kind))
    .filter((name) => !name.endsWith('.out'))
    .map((name) => join(golden, kind, name)),
);

interface Told {
  readonly rule: string;
  readonly object: object;
  readonly fix?: unknown;
}

t.test('a fix puts right what comes up because of it, and a second one changes nothing', async (t) => {
  for (const sample of samples) {
    const { folder, tollgate } = commandLine(t, {});
    const work = join(folder, 'work');
    mkdirSync(work);
    cpSync(sample, statSync(sample).isDirectory() ? work : join(work, 'a.yaml'), { recursive: true });
    const own = readdirSync(work).includes('conventions.yaml');
    const args = [
      '--no-ignore',
      ...(own ? ['--conventions', 'conventions.yaml', '--exclude', 'conventions.yaml'] : []),
    ];
    const findings = async () => {
      const { stdout } = await tollgate(['check', ...args, '-o', 'json'], { folder: 'work' });
      return (JSON.parse(stdout) as { readonly findings: readonly Told[] }).findings;
    };
    const keyOf = ({ object, rule }: Told) => `${rule} ${JSON.stringify(object)}`;
    const texts = () =>
      readdirSync(work, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

    const before = new Set((await findings()).map(keyOf));
    const { stderr } = await tollgate(['fix', ...args], { folder: 'work' });
    const fixed = texts();
    const made = (await findings()).map(keyOf).filter((finding) => !before.has(finding));
    t.same(made, [], `${sample}: no finding that the fix has made`);
    await tollgate(['fix', ...args], { folder: 'work' });
    t.same(texts(), fixed, `${sample}: ${stderr}`);
  }
});

const broker = (name: string, annotations = '') => `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: ${name}, namespace: shop }
spec:
  serviceName: mq
  selector: { matchLabels: { app: mq } }
  template:
    metadata:
      labels: { app: mq, app.kubernetes.io/name: mq }
      annotations: { linkerd.io/inject: enabled${annotations} }
    spec:
      containers: [{ name: rabbitmq, image: "rabbitmq:4", ports: [{ name: amqp, containerPort: 5672 }] }]
---
`;
const service = (rest = '') => `apiVersion: v1
kind: Service
metadata: { name: mq, namespace: shop${rest} }
spec:
  selector: { app: mq }
  ports: [{ name: amqp, port: 5672 }, { name: sql, port: 3306 }]
`;

t.test('the Service before a port that has become opaque is told so in the same run', async (t) => {
  const { read, tollgate } = commandLine(t, { 'all.yaml': broker('mq') + service() });
  const { stderr } = await tollgate(['fix', 'all.yaml']);
  t.match(stderr, /^all\.yaml: 2 findings put right\n2 fixed/);
  t.equal(read('all.yaml').match(/opaque-ports: "3306,5672"/g)?.length, 2);
  const { stdout } = await tollgate(['check', 'all.yaml', '-o', 'text']);
  t.notMatch(stdout, /opaque/);
});

t.test('a list that the Service has is kept, and the diff shows both files', async (t) => {
  const listed = service(', annotations: { config.linkerd.io/opaque-ports: "3306" }');
  const { read, tollgate } = commandLine(t, { 'a.yaml': broker('mq'), 'b.yaml': listed });
  const { exitCode, stdout } = await tollgate(['fix', '--diff', '.']);
  t.equal(exitCode, 1);
  t.match(stdout, /a\/a\.yaml[^]*a\/b\.yaml[^]*\+.*"?3306,5672"?/);
  t.equal(read('b.yaml'), listed);
});

t.test('nothing is written on a Service that would set it against other pods', async (t) => {
  const opaque = ', config.linkerd.io/opaque-ports: "5672"';
  const text = broker('one', opaque) + broker('two', ', config.linkerd.io/opaque-ports: "80"') + service();
  const { read, tollgate } = commandLine(t, {
    'all.yaml': text.replaceAll('rabbitmq', 'app'),
  });
  await tollgate(['fix', 'all.yaml']);
  t.notMatch(read('all.yaml'), /name: mq, namespace: shop, annotations/);
});
