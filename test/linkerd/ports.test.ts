import fc from 'fast-check';
import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../src/kubernetes/pod-template.ts';
import {
  appProtocolMeaning,
  defaultOpaquePorts,
  defaultProfile,
  dialedPort,
  formatPorts,
  includesPort,
  opaqueDisagreements,
  opaquePortsOfPod,
  opaqueProtocols,
  opaqueProtocolOf,
  predictInjection,
  readDestinationPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  readSkipPorts,
  servicePorts,
} from '../../src/linkerd/index.ts';

const profile = defaultProfile();
const names = new Map([['db', 3306]]);

function template(annotations: StringMap, ports: readonly unknown[] = []): PodTemplate {
  const found = podTemplateOf({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db', annotations },
    spec: { containers: [{ name: 'app', ports }] },
  });
  if (!found) throw new Error('a pod has a template');
  return found;
}

function service(ports: readonly unknown[], annotations: StringMap = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', annotations }, spec: { ports } };
}

t.test('the readers of port lists disagree as they do in Linkerd', async (t) => {
  // text: injector, destination, policy controller, linkerd-init
  const cases: Readonly<Record<string, readonly [string, string, string, string]>> = {
    '3306,5432': ['3306,5432', '3306,5432', '3306,5432', '3306,5432'],
    '10-20': ['10-20', '10-20', '10-20', '10-20'],
    ' 3306 , 5432 ': ['3306,5432', '3306,5432', '3306,5432', ''],
    '3306 - 3310': ['', '', '3306-3310', ''],
    db: ['3306', '3306', '', ''],
    'db,5432': ['3306,5432', '3306,5432', '', '5432'],
    '3306,abc': ['3306', '3306', '', '3306'],
    '0': ['0', '0', '', '0'],
    '*': ['', '', '', ''],
    '3306;5432': ['', '', '', ''],
    '3306,,5432': ['3306,5432', '3306,5432', '3306,5432', '3306,5432'],
    '3306,': ['3306', '3306', '3306', '3306'],
    '20-10': ['', '', '', ''],
    '70000': ['', '', '', ''],
    '65535': ['65535', '65535', '65535', '65535'],
    '1-2-3': ['', '', '', ''],
    '+80': ['80', '80', '80', '80'],
    '-80': ['', '', '', ''],
    '': ['', '', '', ''],
  };
  for (const [text, [injector, destination, policy, skip]] of Object.entries(cases)) {
    t.equal(formatPorts(readInjectorPorts(text, names).ranges), injector, `injector: ${text}`);
    t.equal(formatPorts(readDestinationPorts(text, names).ranges), destination, `destination: ${text}`);
    t.equal(formatPorts(readPolicyControllerPorts(text).ranges), policy, `policy controller: ${text}`);
    t.equal(formatPorts(readSkipPorts(text, 'init').ranges), skip, `linkerd-init: ${text}`);
  }
});

t.test('what is dropped, and why', async (t) => {
  t.same(readInjectorPorts('3306,abc,,20-10,1-2-3', names).dropped, [
    { entry: 'abc', reason: '"abc" is neither a port nor a range of ports' },
    { entry: '', reason: 'an entry is empty' },
    { entry: '20-10', reason: '"20-10" ends below its start' },
    { entry: '1-2-3', reason: 'a range has two ends' },
  ]);
  t.same(readPolicyControllerPorts('80,0,db').dropped, [
    { entry: '0', reason: '0 is no port' },
    { entry: 'db', reason: '"db" is neither a port nor a range of ports' },
  ]);
});

t.test('all readers agree on lists of numbers and ranges without spaces', async (t) => {
  const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 65_535 }), fc.nat(1000)), {
    minLength: 1,
    maxLength: 6,
  });
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(ranges, (pairs) => {
        const list = pairs.map(([lower, width]) => ({ lower, upper: Math.min(lower + width, 65_535) }));
        const text = formatPorts(list);
        return [
          readInjectorPorts(text, names),
          readDestinationPorts(text, names),
          readPolicyControllerPorts(text),
          readSkipPorts(text, 'init'),
          readSkipPorts(text, 'init-inbound'),
          readSkipPorts(text, 'cni'),
        ].every((read) => formatPorts(read.ranges) === text && read.dropped.length === 0);
      }),
    ),
  );
});

t.test('the opaque ports of a pod', async (t) => {
  const key = 'config.linkerd.io/opaque-ports';
  const shown = (annotations: StringMap, namespace: StringMap, ports: readonly unknown[] = []) => {
    const { annotation, atStart, enforced, forClients, from } = opaquePortsOfPod(
      template(annotations, ports),
      namespace,
      profile,
    );
    return [
      from,
      annotation,
      formatPorts(atStart.ranges),
      formatPorts(enforced.ranges),
      formatPorts(forClients.ranges),
    ];
  };
  const db = [{ containerPort: 3306, name: 'db' }];
  t.same(shown({ [key]: '80' }, { [key]: '90' }), ['pod', '80', '80', '80', '80']);
  t.same(shown({}, { [key]: '90' }), ['namespace', '90', '90', '90', '90']);
  t.same(shown({}, {}, db), ['installation', '3306', '3306', '3306', '3306']);
  t.same(shown({}, {}), ['installation', undefined, defaultOpaquePorts, '', defaultOpaquePorts]);
  t.same(shown({ [key]: '' }, {}, db), ['pod', '', '', '', ''], 'nothing is opaque');
  t.same(shown({ [key]: 'db' }, {}, db), ['pod', 'db', '3306', '', '3306'], 'opaque only at the start');
});

t.test('what meshed clients make of the ports of a Service', async (t) => {
  const key = 'config.linkerd.io/opaque-ports';
  const shown = (object: KubernetesObject, namespace: StringMap = {}, use = profile) =>
    servicePorts(object, namespace, use).map(({ by, opaque, port }) => [port, opaque, by]);
  t.same(shown(service([{ port: 80 }, { port: 3306 }])), [
    [80, false, 'installation'],
    [3306, true, 'installation'],
  ]);
  t.same(shown(service([{ port: 80 }, { port: 3306 }], { [key]: '80' })), [
    [80, true, 'service'],
    [3306, false, 'service'],
  ]);
  t.same(shown(service([{ port: 80, name: 'web' }], { [key]: 'web' })), [[80, true, 'service']]);
  t.same(shown(service([{ port: 80 }]), { [key]: '80' }), [[80, true, 'namespace']]);
  t.same(shown(service([{ port: 3306, appProtocol: 'http' }])), [[3306, false, 'appProtocol']]);
  t.same(shown(service([{ port: 80, appProtocol: 'grpc' }])), [[80, true, 'appProtocol']]);
  t.same(shown(service([{ port: 80, appProtocol: 'grpc' }]), {}, defaultProfile('2.17')), [
    [80, false, 'installation'],
  ]);
  t.same(shown(service([{ port: 53, protocol: 'UDP' }])), [], 'UDP is not proxied');
});

t.test('application protocols', async (t) => {
  t.same(appProtocolMeaning('http', profile), { protocol: 'HTTP/1', opaque: false, known: true });
  t.same(appProtocolMeaning('kubernetes.io/h2c', profile), {
    protocol: 'HTTP/2',
    opaque: false,
    known: true,
  });
  t.same(appProtocolMeaning('linkerd.io/opaque', profile), { protocol: 'opaque', opaque: true, known: true });
  for (const name of ['https', 'grpc', 'http2', 'h2c', 'tcp', 'HTTP'])
    t.same(appProtocolMeaning(name, profile), { protocol: 'opaque', opaque: true, known: false }, name);
  t.equal(appProtocolMeaning('http', defaultProfile('2.17')), undefined, 'not read before 2.18');
  t.equal(appProtocolMeaning(undefined, profile), undefined);
});

t.test('where Service and pod disagree', async (t) => {
  const key = 'config.linkerd.io/opaque-ports';
  const pod = template({ [key]: '5432' }, [{ containerPort: 5432, name: 'pg' }]);
  t.match(opaqueDisagreements(service([{ port: 80, targetPort: 'pg' }]), pod, {}, profile), [
    { service: { port: 80, opaque: false, by: 'installation' }, targetPort: 5432, podOpaque: true },
  ]);
  t.same(opaqueDisagreements(service([{ port: 5432 }]), pod, {}, profile), []);
  t.same(opaqueDisagreements(service([{ port: 80, targetPort: 'nobody' }]), pod, {}, profile), []);
  t.match(opaqueDisagreements(service([{ port: 8080 }], { [key]: '8080' }), pod, {}, profile), [
    { service: { opaque: true }, targetPort: 8080, podOpaque: false },
  ]);
});

t.test('the port a meshed peer dials', async (t) => {
  const settingsOf = (annotations: StringMap) => {
    const pod: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { annotations: { 'linkerd.io/inject': 'enabled', ...annotations } },
      spec: { containers: [{ name: 'app' }] },
    };
    const { settings } = predictInjection(pod, { name: 'shop', labels: {}, annotations: {} }, profile);
    if (!settings) throw new Error('the pod is injected');
    return settings;
  };
  const opaquePorts = readPolicyControllerPorts('3306');
  const receiver = { settings: settingsOf({}), opaquePorts };
  const older = defaultProfile('2.17');
  t.equal(dialedPort(8080, receiver, profile), 4143);
  t.equal(dialedPort(3306, receiver, profile), 4143);
  t.equal(dialedPort(8080, receiver, older), 8080);
  t.equal(dialedPort(3306, receiver, older), 4143, 'opaque');
  t.equal(dialedPort(8080, receiver, { ...profile, outboundTransportMode: 'transparent' }), 8080);
  t.equal(dialedPort(4191, receiver, profile), 4191, "the proxy's own");
  t.equal(dialedPort(4567, receiver, profile), 4567, 'skipped by default');
  const moved = {
    settings: settingsOf({
      'config.linkerd.io/inbound-port': '5143',
      'config.linkerd.io/skip-inbound-ports': '9000-9010',
    }),
    opaquePorts,
  };
  t.equal(dialedPort(8080, moved, profile), 5143, "the receiver's own inbound port");
  t.equal(dialedPort(9005, moved, profile), 9005, 'skipped');
  t.equal(dialedPort(4567, moved, profile), 5143, 'its own list replaces the default one');
});

t.test('protocols that should be opaque', async (t) => {
  const byDefault = opaqueProtocols.filter((protocol) => protocol.byDefault).flatMap(({ ports }) => ports);
  t.equal(byDefault.toSorted((left, right) => left - right).join(','), defaultOpaquePorts);
  const list = readInjectorPorts(defaultOpaquePorts, new Map());
  for (const { byDefault: listed, ports } of opaqueProtocols)
    for (const port of ports) t.equal(includesPort(list, port), listed, String(port));
  t.equal(opaqueProtocolOf(27_017)?.name, 'MongoDB');
  t.equal(opaqueProtocolOf(8080), undefined);
});
