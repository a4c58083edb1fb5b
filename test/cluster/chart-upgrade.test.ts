import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { rotationAnnotation } from '../../src/cluster/certificates/secret-source.ts';
import { chartFolder } from './chart.ts';
import { admissionGroup, configurationKinds, own, startChartCluster } from './installed-chart.ts';
import type { CommandResult } from './kubectl.ts';
import { loadTarget } from './steady-load.ts';
import { previousVersion } from './previous-version.ts';
import { until } from './until.ts';

/** Everything that changes a running gate, under a load of writes none of which may fail or get past it. */
const previous = await previousVersion();
const cluster = await startChartCluster(previous ? { previous: previous.program } : {});
t.teardown(async () => {
  await cluster.stop();
  previous?.remove();
});
const { kubectl, apply, pods } = cluster;
const { release, closed, succeeded, underLoad } = cluster;
const { api } = cluster.controlPlane;

/** Asserts that something is done under load and leaves two replicas that all are new. */
async function replaced(t: Test, command: () => Promise<CommandResult>): Promise<void> {
  const before = new Set(pods.running().map(({ pod }) => pod));
  await underLoad(t, command);
  await until('the former replicas to end', () => !pods.running().some(({ pod }) => before.has(pod)));
  t.equal(pods.running().length, 2);
}

const convention = {
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'ConventionPolicy',
  metadata: { name: 'kept' },
  spec: { mesh: { inject: 'enabled' } },
};

t.test('two replicas enforce', async (t) => {
  succeeded(t, await (previous ? release('install', 'previous', {}, previous) : release('install', 'one')));
  await closed();
  t.equal((await apply([...loadTarget, convention])).code, 0);
});

const noHistory = 'neither a release nor a revision before the last change of the chart is in the history';
t.test(`helm upgrade from ${previous?.name}`, { skip: previous ? false : noHistory }, async (t) => {
  await replaced(t, () => release('upgrade', 'one'));
  const definition = await kubectl(['get', 'crd/conventionpolicies.tollgate.dev', '--output=json']);
  const file = readFileSync(join(chartFolder, 'files/crds/conventionpolicies.yaml'), 'utf8');
  // The API server leaves out what says nothing.
  const { spec } = parse(file, (key, value: unknown) =>
    key === 'properties' && isDeepStrictEqual(value, {}) ? undefined : value,
  ) as Definition;
  const stored = JSON.parse(definition.stdout) as Definition;
  t.match(stored.spec.versions[0].schema, spec.versions[0].schema, 'the definitions are upgraded too');
  t.equal(
    (await kubectl(['get', 'conventionpolicies.tollgate.dev/kept'])).code,
    0,
    'and nothing of them is lost',
  );
});

interface Definition {
  readonly spec: { readonly versions: readonly [{ readonly schema: object }] };
}

t.test('helm upgrade to another image', async (t) => {
  await replaced(t, () => release('upgrade', 'two'));
});

t.test('helm upgrade with other values', async (t) => {
  await underLoad(t, () => release('upgrade', 'two', { webhooks: { validating: { timeoutSeconds: 2 } } }));
  const [validating] = await api.list(`${admissionGroup}/validatingwebhookconfigurations`);
  const webhooks = validating?.['webhooks'] as readonly Webhook[];
  t.same(new Set(webhooks.map(({ timeoutSeconds }) => timeoutSeconds)), new Set([2]));
  t.ok(
    webhooks.every(({ clientConfig }) => clientConfig.caBundle),
    'Helm leaves the caBundle to its owner',
  );
});

interface Webhook {
  readonly timeoutSeconds: number;
  readonly clientConfig: { readonly caBundle?: string };
}
/** The authorities that the API server trusts, for each webhook. */
const bundles = async () =>
  (await Promise.all(configurationKinds.map((kind) => api.list(`${admissionGroup}/${kind}`))))
    .flat()
    .flatMap((configuration) => configuration['webhooks'] as readonly Webhook[])
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
const secret = '/api/v1/namespaces/tollgate-system/secrets/tollgate-tls';
const stored = async (file: string) => {
  const data = (await api.get(secret))?.['data'] as Readonly<Record<string, string>> | undefined;
  return Buffer.from(data?.[file] ?? '', 'base64').toString();
};
/** The certificates that the replicas show at present. */
const shown = () =>
  Promise.all(
    pods.running().map(async ({ address }) => {
      const socket = connect({ host: address, port: 8443, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    }),
  );

t.test('rotation of the gate’s own authority', async (t) => {
  const extraArgs = ['--rotation-settle-seconds=3', '--rotation-keep-seconds=3'];
  succeeded(t, await release('upgrade', 'two', { server: { drainSeconds: 3, extraArgs } }));
  // Helm does not wait for the replicas of before, which answer for a while and then refuse connections.
  await until('the replicas of before to be gone', async () => pods.running().length === 2);
  const [before, formerly] = [await stored('authority.crt'), await shown()];
  await underLoad(t, async () => {
    const annotated = await kubectl(['annotate', 'secret/tollgate-tls', own, `${rotationAnnotation}=now`]);
    await until('the rotation to be over', async () => {
      const isSwitched = (await stored('authority.crt')) !== before && (await stored('former.crt')) === '';
      const authorities = await stored('ca.crt');
      return isSwitched && (await bundles()).every((bundle) => bundle === authorities);
    });
    return annotated;
  });
  const { fingerprint256 } = new X509Certificate(await stored('tls.crt'));
  t.same(await shown(), [fingerprint256, fingerprint256], 'both replicas show the new one');
  t.notOk(formerly.includes(fingerprint256));
});

t.test('helm rollback to the first of them', async (t) => {
  await replaced(t, () => cluster.helmWaits('rollback', '1'));
});
