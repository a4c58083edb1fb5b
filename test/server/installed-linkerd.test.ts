import { pino } from 'pino';
import t from 'tap';
import { createConventionSet } from '../../src/conventions/convention-set.ts';
import { createLinkerdInForce } from '../../src/application/serve/conventions/linkerd-in-force.ts';
import { conventions } from '../support/conventions.ts';

function config(values: unknown, namespace = 'linkerd', name = 'linkerd-config') {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { values } };
}

/** What a log is told, without its times. */
function createLog() {
  const lines: string[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  return { log, lines };
}

/** A namespace that every convention of these tests governs. */
const shop = { name: 'shop', labels: {} };
const older = 'linkerdVersion: stable-2.17.1\nproxy:\n  ports:\n    inbound: 14143\n';

t.test('what the ConfigMap says of Linkerd counts, and where it differs somebody is told', async (t) => {
  const { log, lines } = createLog();
  const stated = conventions({});
  const { apply, check, conventions: current, namespaces } = createLinkerdInForce(() => stated, log);
  const profile = () => current().governing(shop)?.mesh?.linkerd;

  t.equal(current(), stated, 'as the convention says, as long as nothing is seen');
  t.same(check(), {
    name: 'linkerd',
    ok: true,
    detail: 'no ConfigMap linkerd/linkerd-config, so what the conventions say holds',
  });
  t.same(namespaces(), ['linkerd']);

  apply({ put: [config(older)] });
  t.match(profile(), {
    version: '2.17',
    outboundTransportMode: 'transparent',
    nativeSidecar: false,
    ports: { inbound: 14143, admin: 4191 },
  });
  t.equal(current(), current(), 'made once');
  t.equal(current().governing({ name: 'kube-system', labels: {} }), undefined);
  const differences = [
    'mesh.linkerd.version of the convention "baseline" is 2.20, but in the cluster it is 2.17',
    'mesh.linkerd.outboundTransportMode of the convention "baseline" is transport-header, but in the cluster it is transparent',
    'mesh.linkerd.nativeSidecar of the convention "baseline" is true, but in the cluster it is false',
  ];
  t.same(lines, differences, 'ports, of which the convention says nothing, are no difference');
  t.equal(
    check().detail,
    ['ConfigMap linkerd/linkerd-config: version 2.17 (stable-2.17.1)', ...differences].join('; '),
  );

  apply({ put: [config('linkerdVersion: edge-26.8.3')] });
  t.equal(profile()?.version, '2.20');
  t.equal(check().detail, 'ConfigMap linkerd/linkerd-config: version 2.20 (edge-26.8.3)');
  t.same(lines, differences, 'nothing differs any more, and nothing is said twice');

  apply({ remove: [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'linkerd', name: 'linkerd-config' }] });
  t.equal(current(), stated);
});

t.test('what cannot be read counts for nothing, visibly', async (t) => {
  const stated = conventions({});
  for (const [values, problem] of [
    [undefined, 'it has no key "values"'],
    ['a: [', 'unexpected end of the stream within a flow collection (1:5)'],
  ] as const) {
    const { log, lines } = createLog();
    const { apply, check, conventions: current } = createLinkerdInForce(() => stated, log);
    apply({ put: [config(older)] });
    apply({ put: [config(values)] });
    t.equal(current(), stated);
    const said = `ConfigMap linkerd/linkerd-config cannot be read (${problem}), so what the conventions say holds`;
    t.same(check(), { name: 'linkerd', ok: true, detail: said });
    t.equal(lines.at(-1), said);
  }
  for (const values of ['', '[]', 'text', 'linkerdVersion: 3', 'proxy: { ports: yes }']) {
    const { apply, conventions: current } = createLinkerdInForce(() => stated, createLog().log);
    apply({ put: [config(values)] });
    t.equal(current().governing(shop)?.mesh?.linkerd.ports.inbound, 4143, values);
  }
});

t.test('each convention has the Linkerd of its own control plane', async (t) => {
  const other = {
    apiVersion: 'tollgate.dev/v1alpha1',
    kind: 'ConventionPolicy',
    metadata: { name: 'old' },
    spec: {
      priority: 1,
      namespaces: { selector: { matchLabels: { mesh: 'old' } } },
      mesh: { linkerd: { namespace: 'linkerd-old' } },
    },
  };
  const stated = conventions({}, other);
  const { apply, conventions: current, namespaces } = createLinkerdInForce(() => stated, createLog().log);
  t.same(namespaces(), ['linkerd-old', 'linkerd']);
  apply({ put: [config(older, 'linkerd-old'), config(older, 'linkerd', 'other')] });
  t.equal(current().governing(shop)?.mesh?.linkerd.version, '2.20');
  const old = current().governing({ name: 'shop', labels: { mesh: 'old' } });
  t.equal(old?.mesh?.linkerd.version, '2.17');
  t.equal(old?.mesh?.linkerd.namespace, 'linkerd-old');
});

t.test('conventions that ask for no mesh ask for no ConfigMap', async (t) => {
  const stated = createConventionSet([], []);
  const { check, namespaces } = createLinkerdInForce(() => stated, createLog().log);
  t.same(namespaces(), []);
  t.equal(check().detail, 'no convention has a mesh');
});
