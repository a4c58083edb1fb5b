import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { defaultRotationTimes } from '../../src/certificates/authority-rotation.ts';
import { command } from '../../src/cli/serve.ts';
import { issueAuthority, issueServing } from '../../src/certificates/issue.ts';
import { serve as serveHere, type RunningServer } from '../../src/main.ts';
import { failures, type FailureCode } from '../../src/errors.ts';
import { createFakeApiServer, type FakeApiServer, type ServedKind } from '../support/fake-api-server.ts';

const launch = join(import.meta.dirname, '../../src/launch.mjs');

/** Runs `tollgate serve` until it ends by itself. */
async function serve(cwd: string, ...args: readonly string[]) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [launch, 'serve', '--quiet', ...args], { cwd, env: { PATH, HOME } });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = await ended;
  return { exitCode, stdout, stderr };
}

/** What is printed where only one thing is wrong: a sentence and a remedy, and nothing else. */
function told(t: Test, outcome: Awaited<ReturnType<typeof serve>>, code: FailureCode, message: string) {
  const { remedy, exitCode } = failures[code];
  t.same(outcome, { exitCode, stdout: '', stderr: `tollgate: ${message}\n${remedy}\n` });
}

const folder = t.testdir({
  'namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
});
const onManifests = ['--manifests=namespace.yaml', '--port=0'];

t.test('without other words a rotation takes the time that it should', async (t) => {
  const { settleSeconds, keepSeconds } = command.settings;
  t.equal(settleSeconds.fallback * 1000, defaultRotationTimes.settleMs);
  t.equal(keepSeconds.fallback * 1000, defaultRotationTimes.keepMs);
});

t.test('conventions from the cluster and from files at once are refused with a sentence', async (t) => {
  const both = await serve(folder, '--conventions-from-cluster', '--conventions=policies.yaml');
  const message =
    'conventions are to come from the cluster and from policies.yaml at once, so it is not clear which hold';
  told(t, both, 'ERR_CONVENTION_SOURCES', message);
});

t.test('reports need a cluster to stand in, and the page a port to be served on', async (t) => {
  const { exitCode, stdout, stderr } = await serve(folder, ...onManifests, '--reports', '--audit-page');
  t.same([exitCode, stdout], [2, '']);
  t.match(stderr, '--reports needs a live cluster, and --manifests stands for one');
  t.match(stderr, '--audit-page needs --metrics-port, where it is served');
});

const tiers = (group: string, version: string): ServedKind => ({
  group,
  version,
  resource: 'tiers',
  kind: 'Tier',
});

/** A kubeconfig file that leads to a fake API server. */
function kubeconfigOf(api: FakeApiServer): string {
  const file = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'me' } }],
    clusters: [{ name: 'fake', cluster: { server: api.url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'me', user: { token: 'secret' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

t.test('a port that is in use', async (t) => {
  const other = createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  const message = `address 127.0.0.1 port ${port} cannot be listened on: something listens there already`;
  const remedy = (flag: string) =>
    `give ${flag} a port that is free (0 takes one), and --address an address of this machine`;
  const at = ['--address=127.0.0.1', `--port=${port}`];

  const [reviews, metrics] = await Promise.all([
    serve(folder, `--kubeconfig=${kubeconfigOf(api)}`, ...at),
    serve(folder, ...onManifests, `--metrics-port=${port}`),
  ]);
  const expected = (flag: string) => ({
    exitCode: 3,
    stdout: '',
    stderr: `tollgate: ${message}\n${remedy(flag)}\n`,
  });
  t.same(reviews, expected('--port'), 'although the cluster was followed already');
  t.same(metrics, expected('--metrics-port'));
});

t.test('an address that this machine does not have', async (t) => {
  const { exitCode, stderr } = await serve(folder, ...onManifests, '--address=192.0.2.1');
  t.equal(exitCode, 3);
  t.match(
    stderr,
    /^tollgate: address 192\.0\.2\.1 port 0 cannot be listened on: this machine has no such address\n/,
  );
});

t.test('a cluster that cannot be found', async (t) => {
  const [missing, none] = await Promise.all([serve(folder, '--kubeconfig=missing.yaml'), serve(folder)]);
  told(t, missing, 'ERR_NO_CLUSTER', 'there is no kubeconfig file missing.yaml');
  told(
    t,
    none,
    'ERR_NO_CLUSTER',
    'no kubeconfig was given, and this process runs in no pod that could ask its cluster',
  );
});

t.test('certificates that cannot be served', async (t) => {
  const now = new Date();
  const authority = await issueAuthority({ now, days: 1 });
  const issue = () => issueServing({ authority, hosts: ['localhost'], now, days: 1 });
  const [one, another] = await Promise.all([issue(), issue()]);
  writeFileSync(join(folder, 'tls.crt'), one.certificate);
  writeFileSync(join(folder, 'other.key'), another.key);
  writeFileSync(join(folder, 'empty.crt'), '');
  const [mixed, clients] = await Promise.all([
    serve(folder, ...onManifests, '--tls-cert=tls.crt', '--tls-key=other.key'),
    serve(folder, ...onManifests, '--client-ca=empty.crt'),
  ]);
  told(
    t,
    mixed,
    'ERR_CERTIFICATE',
    'the certificate cannot be served: tls.crt, other.key: the key does not belong to the certificate',
  );
  told(
    t,
    clients,
    'ERR_CLIENT_AUTHORITIES',
    'no client could be recognised: empty.crt: there is no certificate in it',
  );
});

t.test('files that are not there', async (t) => {
  const [manifests, conventions] = await Promise.all([
    serve(folder, '--manifests=nowhere', '--port=0'),
    serve(folder, ...onManifests, '--conventions=nowhere.yaml'),
  ]);
  told(t, manifests, 'ERR_NO_SUCH_PATH', 'nothing is at nowhere');
  told(t, conventions, 'ERR_NO_SUCH_PATH', 'nothing is at nowhere.yaml');
});

t.test('a server that runs ends when it is told to, with all that it has started', async (t) => {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  const args = [`--kubeconfig=${kubeconfigOf(api)}`, '--address=127.0.0.1', '--port=0', '--metrics-port=0'];
  const child = spawn(process.execPath, [launch, 'serve', ...args, '--drain-seconds=0']);
  const ended = once(child, 'close');
  let log = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    log += chunk;
    if (/"listening"/.test(log) && !child.killed) child.kill('SIGTERM');
  }
  t.same(await ended, [0, null]);
  t.match(log, '"shutting down"');
});

t.test('/readyz says which Calico verdicts are made for, and how that is known', async (t) => {
  const both = [tiers('projectcalico.org', 'v3'), tiers('crd.projectcalico.org', 'v1')];
  const conventions = join(folder, 'conventions.yaml');
  const says = (calico: string) => {
    writeFileSync(
      conventions,
      `apiVersion: tollgate.dev/v1alpha1\nkind: ConventionPolicy\nmetadata: { name: a }\nspec: { mesh: {}, calico: ${calico} }\n`,
    );
    return { conventions: [conventions] };
  };
  /** Serves on a fake cluster until it is decided how Calico is served there. */
  const onCluster = async (t: Test, kinds: readonly ServedKind[], options: object = {}) => {
    const api = await createFakeApiServer();
    api.serve(...kinds);
    api.document('/apis/apiregistration.k8s.io/v1/apiservices/v3.projectcalico.org', { spec: {} });
    const decided = Promise.withResolvers<void>();
    const destination = new Writable({
      write: (line, _encoding, done) => {
        if (String(line).includes('Calico is served as')) decided.resolve();
        done();
      },
    });
    const log = pino({}, destination);
    const kubeconfig = kubeconfigOf(api);
    const running = await serveHere({ kubeconfig, address: '127.0.0.1', port: 0, log, ...options });
    t.teardown(async () => {
      await running.close();
      await api.close();
    });
    await decided.promise;
    return running;
  };

  await t.test('where nothing says which CRDs count', async (t) => {
    t.equal(
      await calicoLine(await onCluster(t, both)),
      '[+] calico: mode raw (assumed), version newest (assumed); both projectcalico.org and crd.projectcalico.org are custom resources, and nothing says which of them Calico reads: set spec.calico.mode in the convention, or remove the CRDs that are not used; the cluster serves no clusterinformations.crd.projectcalico.org',
    );
  });
  await t.test('where a convention says it, and the version', async (t) => {
    const running = await onCluster(t, both, says("{ mode: v3crd, version: '3.29' }"));
    t.equal(await calicoLine(running), '[+] calico: mode v3crd (convention), version 3.29 (convention)');
    t.match(running.store.inventory.policyWorld, {
      options: { mode: 'v3crd', version: '3.29' },
      traits: { tierFromName: true },
    });
  });
  await t.test('where the cluster contradicts the convention', async (t) => {
    const running = await onCluster(t, both.slice(1), says('{ mode: v3crd }'));
    t.equal(
      await calicoLine(running),
      '[+] calico: mode raw (detected), version newest (assumed); spec.calico.mode of the convention is v3crd, but the cluster serves Calico as raw; the cluster serves no clusterinformations.crd.projectcalico.org',
    );
    t.match(running.store.inventory.policyWorld, { options: { mode: 'raw' } });
  });
  await t.test('where there is no Calico yet', async (t) => {
    const running = await onCluster(t, [], says('{ mode: apiserver }'));
    t.equal(await calicoLine(running), '[+] calico: mode apiserver (convention), version newest (assumed)');
  });
  await t.test('on manifests', async (t) => {
    const manifests = [join(folder, 'namespace.yaml')];
    const running = await serveHere({
      manifests,
      address: '127.0.0.1',
      port: 0,
      ...says("{ version: '3.31' }"),
    });
    t.teardown(() => running.close());
    t.equal(await calicoLine(running), '[+] calico: mode v3crd (assumed), version 3.31 (convention)');
  });
});

t.test(
  '/readyz says which Linkerd verdicts are made for, and how it differs from the convention',
  async (t) => {
    const api = await createFakeApiServer();
    api.serve({ group: '', version: 'v1', resource: 'namespaces/linkerd/configmaps', kind: 'ConfigMap' });
    api.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'linkerd-config', namespace: 'linkerd' },
      data: { values: 'linkerdVersion: stable-2.19.1' },
    });
    const told = Promise.withResolvers<void>();
    const destination = new Writable({
      write: (line, _encoding, done) => {
        if (String(line).includes('mesh.linkerd.version')) told.resolve();
        done();
      },
    });
    const running = await serveHere({
      kubeconfig: kubeconfigOf(api),
      address: '127.0.0.1',
      port: 0,
      log: pino({}, destination),
    });
    t.teardown(async () => {
      await running.close();
      await api.close();
    });
    await told.promise;
    t.equal(
      await readinessLine(running, 'linkerd'),
      '[+] linkerd: ConfigMap linkerd/linkerd-config: version 2.19 (stable-2.19.1); mesh.linkerd.version of the convention "baseline" is 2.20, but in the cluster it is 2.19; mesh.linkerd.nativeSidecar of the convention "baseline" is true, but in the cluster it is false',
    );
  },
);

/** The line of `/readyz?verbose` that is about Calico. */
async function calicoLine(running: RunningServer): Promise<string | undefined> {
  return readinessLine(running, 'calico');
}

async function readinessLine({ url, authority }: RunningServer, name: string): Promise<string | undefined> {
  const outgoing = request(`${url}/readyz?verbose`, {
    ...(authority && { ca: authority }),
    agent: false,
  }).end();
  const [answer] = await once(outgoing, 'response');
  return (await text(answer)).split('\n').find((line) => line.includes(` ${name}: `));
}
