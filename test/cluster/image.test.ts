import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createContainers, whyNoContainers } from './containers.ts';
import { makeStandIns } from './stand-in-images.ts';
import { until } from './until.ts';

const reason = whyNoContainers();
if (reason !== undefined && process.env['CI'] !== 'true') {
  t.plan(0, reason);
  process.exit();
}
t.equal(reason, undefined, 'images can be built and run here');

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const base = (name: string) => new RegExp(`^ARG ${name}=(\\S+)$`, 'm').exec(dockerfile)?.[1] ?? '';

const folder = join(tmpdir(), 'image');
const containers = createContainers(folder);
const { buildah, podman, tryPodman } = containers;
makeStandIns(containers, folder, { build: base('BUILD_IMAGE'), run: base('RUN_IMAGE') });

t.test('the Dockerfile is built without a network', async (t) => {
  const offline = join(folder, 'npmrc');
  writeFileSync(offline, 'offline=true\n');
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  buildah(
    'build',
    '--pull=never',
    '--network=none',
    `--volume=${cache}:/root/.npm:O`,
    `--volume=${offline}:/root/.npmrc:ro`,
    `--build-arg=VERSION=${version}`,
    '--build-arg=REVISION=0123abc',
    '--tag=tollgate:test',
    root,
  );
  const [image] = JSON.parse(podman('inspect', 'tollgate:test')) as [{ Config: ImageConfig }];
  t.match(image.Config, {
    User: '65532:65532',
    Entrypoint: ['/nodejs/bin/node', '/app/tollgate.mjs'],
    Cmd: ['serve'],
    Labels: {
      'org.opencontainers.image.title': 'tollgate',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': '0123abc',
    },
  });
});

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly { readonly expression: string }[];
}

interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

const script = (code: string) => [
  'run',
  '--rm',
  '--pull=never',
  '--entrypoint=/nodejs/bin/node',
  'tollgate:test',
  '-e',
  code,
];

t.test('it holds the bundle and the list of its packages, and nobody may change them', async (t) => {
  const files = JSON.parse(
    podman(...script("console.log(JSON.stringify(fs.readdirSync('/app')))")),
  ) as string[];
  t.same(
    files.filter((name) => !name.endsWith('.map')),
    ['chunks', 'docs', 'licenses.txt', 'sbom.cdx.json', 'tollgate.mjs'],
    'no packages, no source',
  );
  const text = podman(...script("process.stdout.write(fs.readFileSync('/app/sbom.cdx.json'))"));
  const { components } = JSON.parse(text) as { components: Component[] };
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; dev?: boolean; license: string }>;
  };
  const locked = new Set(
    Object.entries(packages)
      .filter(([, { dev }]) => !dev)
      .map(([path, { version, license }]) => `${path.split('node_modules/').at(-1)}@${version} ${license}`),
  );
  t.same(
    components
      .map(({ name, version, licenses }) => `${name}@${version} ${licenses[0]?.expression}`)
      .filter((line) => !locked.has(line)),
    [],
    'all of them in the lockfile, none of them only for development',
  );
  const names = new Set(components.map(({ name }) => name));
  for (const name of ['fastify', 'pino', 'selfsigned', 'yaml', '@kubernetes/client-node', 'undici']) {
    t.ok(names.has(name), name);
  }
  const write = tryPodman(...script("fs.writeFileSync('/app/tollgate.mjs', '')"));
  t.not(write.code, 0);
  t.match(write.output, 'EACCES');
});

t.test('it runs as in the chart: read-only, as nobody, and ends in order', async (t) => {
  const manifests = join(folder, 'manifests');
  mkdirSync(manifests);
  const confined = [
    '--pull=never',
    '--read-only',
    '--read-only-tmpfs=false',
    '--cap-drop=all',
    '--security-opt=no-new-privileges',
  ];
  t.equal(podman('run', '--rm', ...confined, 'tollgate:test', '--version'), version);
  const explained = podman('run', '--rm', ...confined, 'tollgate:test', 'explain', 'gate/held');
  t.match(explained, 'A workload comes to a namespace that is held');

  const serve = ['serve', '--manifests=/manifests', '--address=127.0.0.1', '--port=18443'];
  podman(
    'run',
    '--detach',
    '--name=gate',
    ...confined,
    `--volume=${manifests}:/manifests:ro`,
    'tollgate:test',
    ...serve,
  );
  t.teardown(() => void tryPodman('rm', '--force', 'gate'));
  await until('the server in the image to be ready', async () => (await status('/readyz')) === 200);

  const processStatus = readFileSync(
    `/proc/${podman('inspect', '--format={{.State.Pid}}', 'gate')}/status`,
    'utf8',
  );
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(processStatus)?.[1];
  t.equal(field('Uid'), '65532\t65532\t65532\t65532');
  t.equal(Number(field('CapEff')), 0);
  t.equal(Number(field('CapBnd')), 0);
  t.equal(field('NoNewPrivs'), '1');

  podman('stop', '--time=20', 'gate');
  t.equal(
    podman('inspect', '--format={{.State.ExitCode}}', 'gate'),
    '0',
    'SIGTERM reaches it, and it ends by itself',
  );
});

function status(path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const outgoing = request(
    { host: '127.0.0.1', port: 18443, path, agent: false, rejectUnauthorized: false },
    (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    },
  );
  outgoing.on('error', reject).end();
  return promise;
}
