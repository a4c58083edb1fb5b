import t from 'tap';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { conventions } from '../support/conventions.ts';
import { told } from '../support/judged.ts';

const config = 'config.linkerd.io/';
const web = (spec: object, annotations: object = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    template: {
      metadata: { annotations: { 'linkerd.io/inject': 'enabled', ...annotations } },
      spec: { containers: [{ name: 'web' }], ...spec },
    },
  },
});

t.test('init containers that have no network', async (t) => {
  const cut = (container: object, annotations: object = {}, linkerd: object = {}) =>
    told(
      'mesh/init-container-network',
      web({ initContainers: [{ name: 'wait', ...container }] }, annotations),
      {
        set: conventions({
          mesh: { linkerd: { version: '2.18', nativeSidecar: false, cni: true, ...linkerd } },
        }),
      },
    ).length;
  const sh = (script: string) => ({ command: ['/bin/sh', '-ec', script] });
  const ask = sh('until pg_isready -h db -p 5432; do sleep 2; done');
  const found: readonly (readonly [string, object, object?, object?])[] = [
    ['a loop in a shell', ask],
    ['a program by its path', { command: ['/usr/bin/curl', '-f', 'http://db:8080/ready'] }],
    ['after a timeout, with an assignment', sh('RETRIES=5 timeout 30s nc -z db 3306')],
    ['in a pipe', sh('echo PING | redis-cli -h cache')],
    ['a migration', { command: ['python', 'manage.py', 'migrate'] }],
    ['an image that says what it is', { image: 'registry.example/flyway:10@sha256:0a' }],
    ['the device of a shell', sh('until : > /dev/tcp/db/5432; do sleep 1; done')],
    ['arguments alone', { args: ['wget', 'http://db'] }],
    ['a port in a variable', sh('wget http://$DB'), { [`${config}skip-outbound-ports`]: '4567,4568' }],
    ['another port is skipped', ask, { [`${config}skip-outbound-ports`]: '3306' }],
    ['another user', { ...ask, securityContext: { runAsUser: 1000 } }],
  ];
  const silent: readonly (readonly [string, object, object?, object?])[] = [
    ['files alone', sh('mkdir -p /data && chown -R mysql:mysql /var/lib/mysql && cp /opt/curl /data')],
    ['a folder that is called like a program', sh('cp -r /repo/.git /srv/git')],
    ['an image that says nothing', { image: 'busybox' }],
    ["the proxy's user", { ...ask, securityContext: { runAsUser: 2102 } }],
    ['its port is skipped', ask, { [`${config}skip-outbound-ports`]: '5432' }],
    ['a native sidecar of its own', { ...ask, restartPolicy: 'Always' }],
    ['a proxy that is one', ask, { 'config.alpha.linkerd.io/proxy-enable-native-sidecar': 'true' }],
    ['no CNI plugin', ask, {}, { cni: false }],
    ['out of the mesh', ask, { 'linkerd.io/inject': 'disabled' }],
    ['a command that is no list', { command: 'curl', args: 7 }],
  ];
  for (const [name, ...rest] of found) t.equal(cut(...rest), 1, name);
  for (const [name, ...rest] of silent) t.equal(cut(...rest), 0, name);
});

t.test('a quota and what gives containers their resources', async (t) => {
  const core = (kind: string, spec: object): KubernetesObject => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'it', namespace: 'shop' },
    spec,
  });
  const refused = (hard: object, among: readonly KubernetesObject[], more: object = {}) =>
    told('mesh/quota-without-proxy', core('ResourceQuota', { hard, ...more }), { among }).length;
  const range = (limits: object) => core('LimitRange', { limits: [{ type: 'Container', ...limits }] });
  const limits = { 'limits.cpu': '4' };
  t.equal(refused(limits, [web({})]), 1);
  t.equal(refused({ memory: '4Gi' }, [web({})]), 1, 'a request by its short name');
  t.equal(refused({ pods: '10' }, [web({})]), 0, 'nothing of containers');
  t.equal(refused(limits, []), 0, 'no pods');
  t.equal(refused(limits, [web({}, { 'linkerd.io/inject': 'disabled' })]), 0, 'no proxy');
  t.equal(refused(limits, [web({}, { [`${config}proxy-cpu-limit`]: '1' })]), 0);
  t.equal(
    refused({ 'requests.cpu': '4' }, [web({}, { [`${config}proxy-cpu-limit`]: '1' })]),
    0,
    'its limit is its request',
  );
  t.equal(refused(limits, [web({}), range({ default: { cpu: '1' } })]), 0, 'a default limit');
  t.equal(refused(limits, [web({}), range({ defaultRequest: { cpu: '1' } })]), 1, 'a default request only');
  t.equal(refused(limits, [web({}), range({ max: { cpu: '1' } })]), 1, 'no default');
  t.equal(refused(limits, [web({})], { scopes: ['Terminating'] }), 0, 'a scope');
});

t.test('a list of skipped ports is the whole list', async (t) => {
  const peers = (annotations: object, port = 4567) =>
    told(
      'mesh/skip-list-replaced',
      web({ containers: [{ name: 'web', ports: [{ containerPort: port }] }] }, annotations),
    );
  t.equal(peers({ [`${config}skip-outbound-ports`]: '8500' }).length, 1);
  t.equal(
    peers({ [`${config}skip-outbound-ports`]: '8500', [`${config}skip-inbound-ports`]: '8500' }).length,
    2,
  );
  t.equal(peers({ [`${config}skip-outbound-ports`]: '4500-4600' }).length, 0, 'in a range');
  t.equal(
    peers({ [`${config}skip-outbound-ports`]: '8500' }, 8080).length,
    0,
    'a port that is not skipped by default',
  );
  t.equal(peers({ [`${config}skip-outbound-ports`]: '' }).length, 0, 'nothing on purpose');
  t.equal(
    peers({ [`${config}skip-outbound-ports`]: '8500', [`${config}opaque-ports`]: '4567' }).length,
    0,
    'as bytes',
  );
  t.equal(peers({}).length, 0, 'the default');
});
