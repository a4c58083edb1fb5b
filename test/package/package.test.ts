import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const root = join(import.meta.dirname, '../..');
const folder = t.testdir({ checkout: {}, empty: {} });
const empty = join(folder, 'empty');
/** A checkout of its own, since packing writes into it. */
const checkout = join(folder, 'checkout');
const parts = ['src', 'docs', '.ci', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];
for (const part of parts) cpSync(join(root, part), join(checkout, part), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));

/** Runs a command without what the test runner has Node.js load into every process. */
function run(cwd: string, command: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('env', ['-u', 'NODE_OPTIONS', command, ...args], { cwd, encoding: 'utf8' });
}

function npm(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = run(cwd, 'npm', ...args, '--offline', '--no-audit', '--no-fund');
  if (status !== 0) throw new Error(`npm ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

const pack = (cwd: string, ...args: string[]): readonly string[] => {
  const [{ files }] = JSON.parse(npm(cwd, 'pack', '--json', ...args)) as [
    { readonly files: readonly { readonly path: string }[] },
  ];
  return files.map(({ path }) => path);
};

const packed = pack(checkout);
run(checkout, process.execPath, '.ci/package.ts');
const published = pack(join(checkout, 'dist/npm'), `--pack-destination=${empty}`);
writeFileSync(join(empty, 'web.yaml'), readFileSync(join(root, 'examples/check/shop.yaml')));
npm(empty, 'install', `--prefix=${empty}`, './tollgate-0.1.0.tgz');

const bin = join(empty, 'node_modules/.bin/tollgate');
const tollgate = (...args: string[]) => run(empty, bin, ...args);

t.test('npm pack holds the program, the libraries, their types, the schemas and the documents', async (t) => {
  const manyFiles = /(?<=^dist\/(?:chunks|lib\/chunks|lib\/types)\/).*/;
  t.same([...new Set(packed.map((path) => path.replace(manyFiles, '*')))].toSorted(), [
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/chunks/*',
    'dist/docs/rules.md',
    'dist/lib/calico.mjs',
    'dist/lib/chunks/*',
    'dist/lib/index.mjs',
    'dist/lib/linkerd.mjs',
    'dist/lib/types/*',
    'dist/licenses.txt',
    'dist/sbom.cdx.json',
    'dist/tollgate.mjs',
    'docs/connections.schema.json',
    'docs/conventions.md',
    'docs/errors.md',
    'docs/library.md',
    'docs/report.schema.json',
    'docs/rules.md',
    'docs/schemas/conventions-v1alpha1.json',
    'docs/schemas/test-suite-v1alpha1.json',
    'package.json',
  ]);
  t.same(published, packed, 'what is published has the same files');
});

t.test(
  'what is published brings no other package, and no Node.js into the scripts of a project',
  async (t) => {
    const { packages } = JSON.parse(readFileSync(join(empty, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, object>>;
    };
    t.same(Object.keys(packages), ['', 'node_modules/tollgate']);
    const licenses = readFileSync(join(empty, 'node_modules/tollgate/dist/licenses.txt'), 'utf8');
    t.match(
      licenses,
      /^fastify \d\S+ \(MIT\)\n\nMIT License/m,
      'whose code is in it is named with its licence',
    );
  },
);

t.test('its program checks files and explains rules', async (t) => {
  const { status, stdout, stderr } = tollgate('check', '-o', 'concise', 'web.yaml');
  t.equal(stderr, '');
  t.match(stdout, 'web.yaml:4:3: error: namespace "shop": ingress and egress are not denied by default');
  t.equal(status, 1);
  t.match(tollgate('explain', 'gate/held').stdout, 'A workload comes to a namespace that is held');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  t.equal(tollgate('--version').stdout, `${version}\n`);
});

const examples = [
  ...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm),
].map(([, code = '']) => code);

t.test(
  'the examples of docs/library.md are of the types that it declares, and print what they should',
  async (t) => {
    const outputs = [
      'web.yaml gate/default-deny-missing\nnamespace "shop": ingress is not denied by default\n',
      "[ 'allowed' ]\nPod shop/web [ [ 8080, 8080 ] ] plaintext\nclosed Pod shop/web [ 'deny' ]\n",
      "has( is not closed (character 27)\nIngress deny\nEgress deny\nfalse [ 'host_network_enabled' ]\n",
    ];
    t.equal(examples.length, outputs.length);
    const files = examples.map((code, index) => {
      const file = `example-${index}.mts`;
      writeFileSync(join(empty, file), code.replace("['manifests']", "['web.yaml']"));
      return file;
    });
    writeFileSync(
      join(empty, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'esnext',
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
        },
        files,
      }),
    );
    const checked = run(empty, join(root, 'node_modules/.bin/tsc'), '--project', empty);
    t.equal(checked.stdout, '');
    t.equal(checked.status, 0);
    for (const [index, file] of files.entries()) {
      const { stdout, stderr } = run(empty, process.execPath, file);
      t.equal(stderr, '');
      t.equal(stdout, outputs[index]);
    }
  },
);
