import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { initArgs, injected } from './made-by.ts';

/** One way to fill a body. */
export interface Shape {
  readonly name: string;
  /** The object that is reviewed, with about so many bytes of JSON. */
  readonly make: (bytes: number) => KubernetesObject;
  /** The same kind of object and as many bytes, with nothing that anybody reads. */
  readonly plain: (bytes: number) => KubernetesObject;
  /** Whether the cluster is a large one. */
  readonly large?: true;
}

type Json = Readonly<Record<string, unknown>>;

/** As many entries as make so many bytes. */
function mapOf(bytes: number, entry: (index: number) => readonly [string, unknown]): Json {
  const map: Record<string, unknown> = {};
  for (let [index, length] = [0, 0]; length < bytes; index++) {
    const [key, value] = entry(index);
    map[key] = value;
    length += key.length + JSON.stringify(value).length + 4;
  }
  return map;
}

/** As many elements as make so many bytes. */
function listOf(bytes: number, element: (index: number) => unknown): readonly unknown[] {
  const list: unknown[] = [];
  for (let [index, length] = [0, 0]; length < bytes; index++) {
    const value = element(index);
    list.push(value);
    length += JSON.stringify(value).length + 1;
  }
  return list;
}

/** Parts with something between them, as many as make so many bytes. */
function textOf(bytes: number, between: string, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let [index, length] = [0, 0]; length < bytes; index++) {
    const text = part(index);
    parts.push(text);
    length += text.length + between.length;
  }
  return parts.join(between);
}

const short = (index: number) => index.toString(36);
/** What nobody reads: keys of a domain that no product has. */
const nobodys = (bytes: number) => mapOf(bytes, (index) => [`example.com/proxy-note-${short(index)}`, 'x']);

interface Parts {
  readonly annotations?: Json;
  readonly labels?: Json;
  readonly metadata?: Json;
}

function metadataOf(name: string, { annotations, labels, metadata }: Parts, namespace = 'shop'): Json {
  return {
    name,
    ...(namespace === '' ? {} : { namespace }),
    labels: { app: name, ...labels },
    ...(annotations ? { annotations } : {}),
    ...metadata,
  };
}

function object(apiVersion: string, kind: string, metadata: Json, rest: Json): KubernetesObject {
  return { apiVersion, kind, metadata, ...rest };
}

interface WorkloadParts {
  readonly own?: Parts;
  readonly template?: Parts;
  readonly pod?: Json;
  readonly container?: Json;
  readonly spec?: Json;
}

function podSpec({ container, pod }: WorkloadParts): Json {
  return { containers: [{ name: 'web', image: 'example/web:1', ...container }], ...pod };
}

function templateOf(parts: WorkloadParts): Json {
  const { annotations, labels, metadata } = parts.template ?? {};
  return {
    metadata: {
      labels: { app: 'web', 'app.kubernetes.io/name': 'web', ...labels },
      annotations: { 'linkerd.io/inject': 'enabled', ...annotations },
      ...metadata,
    },
    spec: podSpec(parts),
  };
}

function deployment(parts: WorkloadParts): KubernetesObject {
  const spec = {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    ...parts.spec,
    template: templateOf(parts),
  };
  return object('apps/v1', 'Deployment', metadataOf('web', parts.own ?? {}), { spec });
}

function pod(parts: WorkloadParts): KubernetesObject {
  const { metadata, spec } = templateOf(parts);
  return object(
    'v1',
    'Pod',
    { name: 'web', namespace: 'shop', ...(metadata as Json), ...parts.own?.metadata },
    { spec },
  );
}

function cronJob(parts: WorkloadParts, jobAnnotations: Json): KubernetesObject {
  const jobTemplate = { metadata: { annotations: jobAnnotations }, spec: { template: templateOf(parts) } };
  return object('batch/v1', 'CronJob', metadataOf('web', parts.own ?? {}), {
    spec: { schedule: '* * * * *', jobTemplate },
  });
}

function namespace(parts: Parts, name = 'shop'): KubernetesObject {
  const metadata = metadataOf(
    name,
    { ...parts, labels: { 'kubernetes.io/metadata.name': name, team: 'team-0', ...parts.labels } },
    '',
  );
  return object('v1', 'Namespace', metadata, { spec: {}, status: { phase: 'Active' } });
}

function service(parts: Parts, spec: Json = {}): KubernetesObject {
  return object('v1', 'Service', metadataOf('web', parts), {
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec },
  });
}

function calico(kind: string, spec: Json, parts: Parts = {}, name = 'web'): KubernetesObject {
  const isGlobal = kind.startsWith('Global');
  return object('projectcalico.org/v3', kind, metadataOf(name, parts, isGlobal ? '' : 'shop'), { spec });
}

function kubernetesPolicy(spec: Json, parts: Parts = {}): KubernetesObject {
  return object('networking.k8s.io/v1', 'NetworkPolicy', metadataOf('web', parts), { spec });
}

function linkerd(kind: string, spec: Json, parts: Parts = {}): KubernetesObject {
  const versions: Readonly<Record<string, string>> = { Server: 'v1beta3', HTTPRoute: 'v1beta3' };
  return object(`policy.linkerd.io/${versions[kind] ?? 'v1alpha1'}`, kind, metadataOf('web', parts), {
    spec,
  });
}

const both = ['Ingress', 'Egress'];
const closing = { selector: 'all()', types: both };

/** Policies are plain with rules as people write them: one that has none is not judged at all. */
const usualRule = (index: number) => ({
  action: 'Allow',
  protocol: 'TCP',
  source: { selector: `app == 'client-${index}'` },
  destination: { ports: [8080] },
});
const usualPeer = (index: number) => ({
  from: [{ podSelector: { matchLabels: { app: `client-${index}` } } }],
  ports: [{ protocol: 'TCP', port: 8080 }],
});

const plains = {
  deployment: (bytes: number) => deployment({ template: { annotations: nobodys(bytes) } }),
  pod: (bytes: number) => pod({ template: { annotations: nobodys(bytes) } }),
  cronJob: (bytes: number) => cronJob({ template: { annotations: nobodys(bytes) } }, {}),
  namespace: (bytes: number) => namespace({ annotations: nobodys(bytes) }),
  service: (bytes: number) => service({ annotations: nobodys(bytes) }),
  account: (bytes: number) =>
    object('v1', 'ServiceAccount', metadataOf('web', { annotations: nobodys(bytes) }), {}),
  policy: (bytes: number) => calico('NetworkPolicy', { ...closing, ingress: listOf(bytes, usualRule) }),
  global: (bytes: number) =>
    calico('GlobalNetworkPolicy', {
      ...closing,
      namespaceSelector: 'team == "team-7"',
      ingress: listOf(bytes, usualRule),
    }),
  set: (bytes: number) => calico('NetworkSet', { nets: [] }, { annotations: nobodys(bytes) }),
  kubernetes: (bytes: number) =>
    kubernetesPolicy({ podSelector: {}, policyTypes: both, ingress: listOf(bytes, usualPeer) }),
  server: (bytes: number) =>
    linkerd(
      'Server',
      { podSelector: { matchLabels: { app: 'web' } }, port: 8080 },
      { annotations: nobodys(bytes) },
    ),
  authorization: (bytes: number) =>
    linkerd(
      'AuthorizationPolicy',
      {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
        requiredAuthenticationRefs: [],
      },
      { annotations: nobodys(bytes) },
    ),
  route: (bytes: number) =>
    object('gateway.networking.k8s.io/v1', 'HTTPRoute', metadataOf('web', { annotations: nobodys(bytes) }), {
      spec: { parentRefs: [], rules: [] },
    }),
};

/** Keys that the rules about annotations and labels look at. */
const keys: Readonly<Record<string, (index: number) => string>> = {
  'config.linkerd.io/': (index) => `config.linkerd.io/proxy-${short(index)}`,
  'config.alpha.linkerd.io/': (index) => `config.alpha.linkerd.io/proxy-${short(index)}`,
  'balancer.linkerd.io/': (index) => `balancer.linkerd.io/failure-accrual-${short(index)}`,
  'viz.linkerd.io/': (index) => `viz.linkerd.io/tap-${short(index)}`,
  'retry.linkerd.io/': (index) => `retry.linkerd.io/http-${short(index)}`,
  'linkerd.io/': (index) => `linkerd.io/${short(index)}`,
  'a misspelt domain': (index) => `conifg.linkerd.io/proxy-${short(index)}`,
  'a misspelt short domain': (index) => `linkrd.io/inject${short(index)}`,
  'long misspelt names': (index) =>
    `config.linkerd.io/proxy-outbound-connect-timeout-and-${short(index)}`.slice(0, 81),
  'near misses': (index) => `config.linkerd.io/proxy-cpu-reques${short(index)}`,
  'waivers of rules': (index) => `waive.tollgate.dev/mesh.inject-missing${short(index)}`,
  'policy labels': (index) => `app.kubernetes.io/nam${short(index)}`,
  'reserved labels': (index) => `pcns.projectcalico.org/${short(index)}`,
  'plain words': (index) => `app${short(index)}`,
};

const keyed =
  (key: (index: number) => string, value = 'x') =>
  (bytes: number) =>
    mapOf(bytes, (index) => [key(index), value]);

function mapShapes(): readonly Shape[] {
  return Object.entries(keys).flatMap(([word, key]): readonly Shape[] => {
    const map = keyed(key);
    return [
      {
        name: `annotations of a template: ${word}`,
        make: (bytes) => deployment({ template: { annotations: map(bytes) } }),
        plain: plains.deployment,
      },
      {
        name: `annotations of a Deployment: ${word}`,
        make: (bytes) => deployment({ own: { annotations: map(bytes) } }),
        plain: plains.deployment,
      },
      {
        name: `labels of a template: ${word}`,
        make: (bytes) => deployment({ template: { labels: map(bytes) } }),
        plain: plains.deployment,
      },
      {
        name: `labels of a Deployment: ${word}`,
        make: (bytes) => deployment({ own: { labels: map(bytes) } }),
        plain: plains.deployment,
      },
      {
        name: `annotations of a job template: ${word}`,
        make: (bytes) => cronJob({}, map(bytes)),
        plain: plains.cronJob,
      },
      {
        name: `annotations of a Pod: ${word}`,
        make: (bytes) => pod({ template: { annotations: map(bytes) } }),
        plain: plains.pod,
      },
      {
        name: `labels of a Pod: ${word}`,
        make: (bytes) => pod({ template: { labels: map(bytes) } }),
        plain: plains.pod,
      },
      {
        name: `annotations of a Namespace: ${word}`,
        make: (bytes) => namespace({ annotations: map(bytes) }),
        plain: plains.namespace,
      },
      {
        name: `labels of a Namespace: ${word}`,
        make: (bytes) => namespace({ labels: map(bytes) }),
        plain: plains.namespace,
      },
      {
        name: `annotations of a Service: ${word}`,
        make: (bytes) => service({ annotations: map(bytes) }),
        plain: plains.service,
      },
      {
        name: `labels of a Service: ${word}`,
        make: (bytes) => service({ labels: map(bytes) }),
        plain: plains.service,
      },
      {
        name: `annotations of a policy: ${word}`,
        make: (bytes) => calico('NetworkPolicy', closing, { annotations: map(bytes) }),
        plain: plains.policy,
      },
      {
        name: `labels of a ServiceAccount: ${word}`,
        make: (bytes) => object('v1', 'ServiceAccount', metadataOf('web', { labels: map(bytes) }), {}),
        plain: plains.account,
      },
      {
        name: `labels of a NetworkSet: ${word}`,
        make: (bytes) => calico('NetworkSet', { nets: ['10.0.0.0/8'] }, { labels: map(bytes) }),
        plain: plains.set,
      },
      {
        name: `annotations of a route: ${word}`,
        make: (bytes) =>
          object(
            'gateway.networking.k8s.io/v1',
            'HTTPRoute',
            metadataOf('web', { annotations: map(bytes) }),
            {
              spec: { parentRefs: [{ kind: 'Service', group: 'core', name: 'web', port: 80 }], rules: [] },
            },
          ),
        plain: plains.route,
      },
    ];
  });
}

/** Deeper ones are refused, as everything that cannot be judged. */
const deepest = 1000;

const port = (index: number) => 1 + (index % 65_535);
const subnet = (index: number) => `10.${(index >> 8) % 256}.${index % 256}.0/24`;

function valueShapes(): readonly Shape[] {
  const values: Readonly<Record<string, (bytes: number) => string>> = {
    'linkerd.io/inject': (bytes) => 'e'.repeat(bytes),
    'config.linkerd.io/opaque-ports': (bytes) => textOf(bytes, ',', (index) => String(port(index))),
    'config.linkerd.io/skip-inbound-ports': (bytes) => textOf(bytes, ',', (index) => String(port(index))),
    'config.linkerd.io/skip-outbound-ports': (bytes) =>
      textOf(bytes, ',', (index) => `${port(index)}-${port(index)}`),
    'config.linkerd.io/skip-subnets': (bytes) => textOf(bytes, ',', subnet),
    'config.linkerd.io/proxy-additional-env': (bytes) =>
      JSON.stringify(listOf(bytes, (index) => ({ name: `A${index}`, value: 'x' }))),
    'config.linkerd.io/proxy-cpu-request': (bytes) => '9'.repeat(bytes),
    'config.linkerd.io/proxy-log-level': (bytes) => textOf(bytes, ',', (index) => `linkerd${index}=debug`),
    'config.linkerd.io/proxy-memory-limit': (bytes) => ' '.repeat(bytes),
    'config.linkerd.io/access-log': (bytes) => 'ä'.repeat(bytes / 2),
    'config.linkerd.io/shutdown-grace-period': (bytes) => '1h'.repeat(bytes / 2),
    'config.linkerd.io/default-inbound-policy': (bytes) => 'all-authenticated-'.repeat(bytes / 18),
    'config.linkerd.io/proxy-wait-before-exit-seconds': (bytes) => `${'0'.repeat(bytes)}1`,
    'config.linkerd.io/proxy-image': (bytes) => `\u001b${'/'.repeat(bytes)}`,
    'waive.tollgate.dev/mesh.inject-missing': (bytes) =>
      `until=2026-12-31 by=me ${textOf(bytes, ' ', (index) => `word${index}`)}`,
    'waive.tollgate.dev/mesh.opt-out': (bytes) => `${' '.repeat(bytes)}x`,
    'retry.linkerd.io/http': (bytes) => textOf(bytes, ',', (index) => `5${index % 100}`),
    'retry.linkerd.io/timeout': (bytes) => `${'1'.repeat(bytes)}ms`,
    'balancer.linkerd.io/failure-accrual-consecutive-max-penalty': (bytes) => '1m'.repeat(bytes / 2),
  };
  return Object.entries(values).flatMap(([key, value]): readonly Shape[] => [
    {
      name: `one value on a template: ${key}`,
      make: (bytes) => deployment({ template: { annotations: { [key]: value(bytes) } } }),
      plain: plains.deployment,
    },
    {
      name: `one value on a Deployment: ${key}`,
      make: (bytes) => deployment({ own: { annotations: { [key]: value(bytes) } } }),
      plain: plains.deployment,
    },
    {
      name: `one value on a Namespace: ${key}`,
      make: (bytes) => namespace({ annotations: { [key]: value(bytes) } }),
      plain: plains.namespace,
    },
    {
      name: `one value on a Service: ${key}`,
      make: (bytes) => service({ annotations: { [key]: value(bytes) } }),
      plain: plains.service,
    },
  ]);
}

function workloadShapes(): readonly Shape[] {
  const containers: Readonly<Record<string, (index: number) => Json>> = {
    'of little': (index) => ({ name: `c${index}` }),
    'of one port each': (index) => ({
      name: `c${index}`,
      ports: [{ name: `p${index}`, containerPort: port(index) }],
    }),
    'with privileges': (index) => ({
      name: `c${index}`,
      securityContext: { privileged: true, runAsUser: 2102, runAsGroup: 2102 },
    }),
    'called linkerd-proxy': () => ({ name: 'linkerd-proxy', image: 'x' }),
    'of databases': (index) => ({
      name: `c${index}`,
      image: 'postgres:16',
      ports: [{ containerPort: 5432 }],
    }),
    'with probes': (index) => ({
      name: `c${index}`,
      ports: [{ name: `p${index}`, containerPort: port(index) }],
      livenessProbe: { httpGet: { path: '/', port: `p${index}` } },
      readinessProbe: { tcpSocket: { port: 4143 } },
    }),
  };
  const parts: Readonly<Record<string, (bytes: number) => WorkloadParts>> = {
    'ports of a container': (bytes) => ({
      container: { ports: listOf(bytes, (index) => ({ containerPort: port(index) })) },
    }),
    'named ports of a container': (bytes) => ({
      container: { ports: listOf(bytes, (index) => ({ name: `p${index}`, containerPort: port(index) })) },
    }),
    'ports of databases': (bytes) => ({
      container: { ports: listOf(bytes, () => ({ containerPort: 3306 })) },
    }),
    'named ports and as many opaque ones': (bytes) => ({
      template: {
        annotations: { 'config.linkerd.io/opaque-ports': textOf(bytes / 2, ',', (index) => `p${index}`) },
      },
      container: { ports: listOf(bytes / 2, (index) => ({ name: `p${index}`, containerPort: port(index) })) },
    }),
    'ports and as many opaque ones': (bytes) => ({
      template: {
        annotations: {
          'config.linkerd.io/opaque-ports': textOf(bytes / 2, ',', (index) => String(port(index * 2))),
        },
      },
      container: { ports: listOf(bytes / 2, (index) => ({ containerPort: port(index) })) },
    }),
    'ports and as many skipped ones': (bytes) => ({
      template: {
        annotations: {
          'config.linkerd.io/skip-inbound-ports': textOf(bytes / 2, ',', (index) => String(port(index * 2))),
        },
      },
      container: { ports: listOf(bytes / 2, (index) => ({ containerPort: port(index) })) },
    }),
    'environment variables': (bytes) => ({
      container: { env: listOf(bytes, (index) => ({ name: `A${index}`, value: 'x' })) },
    }),
    volumes: (bytes) => ({
      pod: { volumes: listOf(bytes, (index) => ({ name: `v${index}`, emptyDir: {} })) },
    }),
    'selector labels': (bytes) => ({
      spec: { selector: { matchLabels: keyed((index) => `app${short(index)}`)(bytes) } },
    }),
    'selector labels that the template has': (bytes) => ({
      spec: { selector: { matchLabels: keyed((index) => `app${short(index)}`)(bytes / 2) } },
      template: { labels: keyed((index) => `app${short(index)}`)(bytes / 2) },
    }),
    'selector expressions': (bytes) => ({
      spec: {
        selector: {
          matchExpressions: listOf(bytes, (index) => ({
            key: 'app',
            operator: 'NotIn',
            values: [`x${index}`],
          })),
        },
      },
    }),
    'values of a selector expression': (bytes) => ({
      spec: {
        selector: {
          matchExpressions: [{ key: 'app', operator: 'In', values: listOf(bytes, (index) => `x${index}`) }],
        },
      },
    }),
    'owner references': (bytes) => ({
      own: {
        metadata: {
          ownerReferences: listOf(bytes, (index) => ({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            name: `o${index}`,
            uid: `${index}`,
            controller: false,
          })),
        },
      },
    }),
    finalizers: (bytes) => ({
      own: { metadata: { finalizers: listOf(bytes, (index) => `example.com/f${index}`) } },
    }),
    'managed fields': (bytes) => ({
      own: {
        metadata: {
          managedFields: listOf(bytes, (index) => ({ manager: `m${index}`, fieldsV1: { 'f:spec': {} } })),
        },
      },
    }),
    'a long name of an image': (bytes) => ({ container: { image: `${'a/'.repeat(bytes / 2)}postgres:1` } }),
    'a long name of colons': (bytes) => ({ container: { image: `${':'.repeat(bytes)}@x` } }),
    'a long text': (bytes) => ({ container: { command: ['ä'.repeat(bytes / 2)] } }),
    'a long name': (bytes) => ({ own: { metadata: { name: 'w'.repeat(bytes) } } }),
    'a long label value': (bytes) => ({ template: { labels: { app: 'w'.repeat(bytes) } } }),
  };
  const containerShapes = Object.entries(containers).flatMap(([word, container]): readonly Shape[] => [
    {
      name: `containers ${word}`,
      make: (bytes) => deployment({ pod: { containers: listOf(bytes, container) } }),
      plain: plains.deployment,
    },
    {
      name: `init containers ${word}`,
      make: (bytes) => deployment({ pod: { initContainers: listOf(bytes, container) } }),
      plain: plains.deployment,
    },
    {
      name: `containers of a Pod ${word}`,
      make: (bytes) => pod({ pod: { containers: listOf(bytes, container) } }),
      plain: plains.pod,
    },
    {
      name: `containers of a Job ${word}`,
      make: (bytes) =>
        object('batch/v1', 'Job', metadataOf('web', {}), {
          spec: { template: templateOf({ pod: { containers: listOf(bytes, container) } }) },
        }),
      plain: plains.deployment,
    },
  ]);
  return [
    ...containerShapes,
    ...Object.entries(parts).flatMap(([word, make]): readonly Shape[] => [
      { name: word, make: (bytes) => deployment(make(bytes)), plain: plains.deployment },
      { name: `${word} of a Pod`, make: (bytes) => pod(make(bytes)), plain: plains.pod },
    ]),
  ];
}

const list = (index: number) => `"value-${index}"`;
/** Selectors of about so many bytes. */
const selectors: Readonly<Record<string, (bytes: number) => string>> = {
  'a long disjunction': (bytes) => textOf(bytes, ' || ', (index) => `k${index} == 'v'`),
  'a long conjunction': (bytes) => textOf(bytes, ' && ', (index) => `k${index} != 'v'`),
  'a long conjunction of one key': (bytes) => textOf(bytes, ' && ', (index) => `app != 'v${index}'`),
  'many values': (bytes) => `app in {${textOf(bytes, ', ', list)}}`,
  'many values not': (bytes) => `app not in {${textOf(bytes, ', ', list)}}`,
  'prefixes of one key': (bytes) => textOf(bytes, ' || ', (index) => `app starts with 'v${index}'`),
  'contained texts of one key': (bytes) => textOf(bytes, ' && ', (index) => `!(app contains 'v${index}')`),
  'conjunctions of disjunctions': (bytes) =>
    textOf(bytes, ' && ', (index) => `(has(k${index % 64}) || k${(index * 7) % 64} != 'b${index}')`),
  parentheses: (bytes) => `${'('.repeat(bytes / 2)}has(a)${')'.repeat(bytes / 2)}`,
  negations: (bytes) => `${'!'.repeat(bytes)}has(a)`,
  blanks: (bytes) => `has(a)${' '.repeat(bytes)}`,
  'no operator': (bytes) => textOf(bytes, ' ', (index) => `k${index}`),
  'an open text': (bytes) => `app == "${'v'.repeat(bytes)}`,
  'one long value': (bytes) => `app == "${'v'.repeat(bytes)}"`,
  'one long key': (bytes) => `has(${'v'.repeat(bytes)})`,
  'one long text to contain': (bytes) =>
    `app contains "${'ab'.repeat(bytes / 2)}" && app ends with "${'ab'.repeat(20)}"`,
};

function selectorShapes(): readonly Shape[] {
  return Object.entries(selectors).flatMap(([word, selector]): readonly Shape[] => [
    {
      name: `selector of a policy: ${word}`,
      make: (bytes) => calico('NetworkPolicy', { ...closing, selector: selector(bytes) }),
      plain: plains.policy,
    },
    {
      name: `selector of a rule: ${word}`,
      make: (bytes) =>
        calico('NetworkPolicy', {
          ...closing,
          ingress: [{ action: 'Allow', source: { selector: selector(bytes) } }],
        }),
      plain: plains.policy,
    },
    {
      name: `namespace selector of a global policy: ${word}`,
      make: (bytes) => calico('GlobalNetworkPolicy', { ...closing, namespaceSelector: selector(bytes) }),
      plain: plains.global,
      large: true,
    },
    {
      name: `namespace selector of a rule of a global policy: ${word}`,
      make: (bytes) =>
        calico('GlobalNetworkPolicy', {
          ...closing,
          ingress: [{ action: 'Allow', source: { namespaceSelector: selector(bytes) } }],
        }),
      plain: plains.global,
      large: true,
    },
    {
      name: `selectors of rules: ${word}`,
      make: (bytes) =>
        calico('NetworkPolicy', {
          ...closing,
          ingress: listOf(bytes, () => ({ action: 'Allow', source: { selector: selector(800) } })),
        }),
      plain: plains.policy,
    },
  ]);
}

/** Rules of Calico, of about the same size whatever their number. */
const rules: Readonly<Record<string, (index: number) => Json>> = {
  'nothing but an action': () => ({ action: 'Allow' }),
  'deny, then allow': (index) => ({
    action: index % 2 === 0 ? 'Deny' : 'Allow',
    protocol: 'TCP',
    destination: { ports: [port(index)] },
  }),
  'one selector each': (index) => ({
    action: index % 3 === 0 ? 'Deny' : 'Allow',
    source: { selector: `app == 'a${index}'` },
  }),
  'one namespace selector each': (index) => ({
    action: 'Allow',
    source: { namespaceSelector: `team == 'a${index}'` },
  }),
  'two selectors of their own each': (index) => ({
    action: index % 2 === 0 ? 'Deny' : 'Allow',
    source: { selector: `k${index} == 'a'`, notSelector: `l${index} == 'a'` },
    destination: { selector: `m${index} == 'b'` },
  }),
  'one net each': (index) => ({
    action: index % 2 === 0 ? 'Deny' : 'Allow',
    source: { nets: [subnet(index)] },
  }),
  'nets and exceptions': (index) => ({
    action: 'Allow',
    source: { nets: ['0.0.0.0/0'], notNets: [subnet(index), subnet(index * 3)] },
  }),
  'named ports': (index) => ({ action: 'Allow', protocol: 'TCP', destination: { ports: [`p${index}`] } }),
  'ranges of ports': (index) => ({
    action: index % 2 === 0 ? 'Deny' : 'Allow',
    protocol: 'UDP',
    destination: { ports: [`${port(index)}:${Math.min(65_535, port(index) + 7)}`] },
  }),
  'service accounts': (index) => ({
    action: 'Allow',
    source: { serviceAccounts: { names: [`a${index}`], selector: `x == 'a${index}'` } },
  }),
  'pass on': (index) => ({ action: 'Pass', source: { selector: `a${index % 64} == 'v${index}'` } }),
  services: (index) => ({
    action: 'Allow',
    destination: { services: { name: `s${index}`, namespace: 'shop' } },
  }),
  ICMP: (index) => ({ action: 'Allow', protocol: 'ICMP', icmp: { type: index % 255, code: index % 255 } }),
  HTTP: (index) => ({ action: 'Allow', http: { methods: ['GET'], paths: [{ exact: `/a${index}` }] } }),
  invalid: (index) => ({
    action: `Allow${index}`,
    source: { nets: [`10.0.0.${index}/33`], selector: `(${index}` },
  }),
  annotated: (index) => ({ action: 'Log', metadata: { annotations: { [`a${index}`]: 'x' } } }),
};

const calicoLists: Readonly<Record<string, (bytes: number) => Json>> = {
  nets: (bytes) => ({ action: 'Allow', source: { nets: listOf(bytes, subnet) } }),
  'nets of IPv6': (bytes) => ({
    action: 'Allow',
    source: {
      nets: listOf(
        bytes,
        (index) => `fd00:${(index >> 16).toString(16)}:${(index & 65_535).toString(16)}::/64`,
      ),
    },
  }),
  'no nets': (bytes) => ({ action: 'Allow', source: { notNets: listOf(bytes, subnet) } }),
  ports: (bytes) => ({ action: 'Allow', protocol: 'TCP', destination: { ports: listOf(bytes, port) } }),
  'no ports': (bytes) => ({
    action: 'Allow',
    protocol: 'TCP',
    destination: { notPorts: listOf(bytes, port) },
  }),
  'named ports': (bytes) => ({
    action: 'Allow',
    protocol: 'TCP',
    destination: { ports: listOf(bytes, (index) => `p${index}`) },
  }),
  'service accounts': (bytes) => ({
    action: 'Allow',
    source: { serviceAccounts: { names: listOf(bytes, (index) => `a${index}`) } },
  }),
  'HTTP paths': (bytes) => ({
    action: 'Allow',
    http: { paths: listOf(bytes, (index) => ({ prefix: `/a${index}` })) },
  }),
  domains: (bytes) => ({
    action: 'Allow',
    destination: { domains: listOf(bytes, (index) => `a${index}.example.com`) },
  }),
  'a long action': (bytes) => ({ action: 'A'.repeat(bytes) }),
};

function policyShapes(): readonly Shape[] {
  const ruleShapes = Object.entries(rules).flatMap(([word, rule]): readonly Shape[] => [
    {
      name: `rules: ${word}`,
      make: (bytes) => calico('NetworkPolicy', { ...closing, ingress: listOf(bytes, rule) }),
      plain: plains.policy,
    },
    {
      name: `egress rules, before the others: ${word}`,
      make: (bytes) => calico('NetworkPolicy', { ...closing, order: -10, egress: listOf(bytes, rule) }),
      plain: plains.policy,
    },
    {
      name: `rules of a global policy: ${word}`,
      make: (bytes) =>
        calico('GlobalNetworkPolicy', { ...closing, order: -10, ingress: listOf(bytes, rule) }),
      plain: plains.global,
      large: true,
    },
  ]);
  const listShapes = Object.entries(calicoLists).flatMap(([word, rule]): readonly Shape[] => [
    {
      name: `one rule with ${word}`,
      make: (bytes) => calico('NetworkPolicy', { ...closing, ingress: [rule(bytes)] }),
      plain: plains.policy,
    },
    {
      name: `a rule of a global policy with ${word}`,
      make: (bytes) => calico('GlobalNetworkPolicy', { ...closing, ingress: [rule(bytes)] }),
      plain: plains.global,
      large: true,
    },
  ]);
  const peers: Readonly<Record<string, (index: number) => Json>> = {
    'label selectors': (index) => ({ podSelector: { matchLabels: { app: `a${index}` } } }),
    'namespace selectors': (index) => ({ namespaceSelector: { matchLabels: { team: `a${index}` } } }),
    blocks: (index) => ({ ipBlock: { cidr: '10.0.0.0/8', except: [subnet(index)] } }),
    'no selectors': (index) => ({
      podSelector: { matchExpressions: [{ key: `k${index}`, operator: 'Exist' }] },
    }),
  };
  const kubernetesShapes = Object.entries(peers).flatMap(([word, peer]): readonly Shape[] => [
    {
      name: `peers of a Kubernetes policy: ${word}`,
      make: (bytes) =>
        kubernetesPolicy({ podSelector: {}, policyTypes: both, ingress: [{ from: listOf(bytes, peer) }] }),
      plain: plains.kubernetes,
    },
    {
      name: `rules of a Kubernetes policy: ${word}`,
      make: (bytes) =>
        kubernetesPolicy({
          podSelector: {},
          policyTypes: both,
          ingress: listOf(bytes, (index) => ({ from: [peer(index)], ports: [{ port: port(index) }] })),
        }),
      plain: plains.kubernetes,
    },
    {
      name: `peers times ports of a Kubernetes policy: ${word}`,
      make: (bytes) =>
        kubernetesPolicy({
          podSelector: {},
          policyTypes: both,
          egress: [
            {
              to: listOf(bytes / 2, peer),
              ports: listOf(bytes / 2, (index) => ({ protocol: 'TCP', port: port(index) })),
            },
          ],
        }),
      plain: plains.kubernetes,
    },
  ]);
  const kubernetes = (name: string, make: (bytes: number) => Json): Shape => ({
    name,
    make: (bytes) => kubernetesPolicy({ podSelector: {}, policyTypes: both, ...make(bytes) }),
    plain: plains.kubernetes,
  });
  return [
    ...ruleShapes,
    ...listShapes,
    ...kubernetesShapes,
    kubernetes('expressions of a Kubernetes policy', (bytes) => ({
      podSelector: { matchExpressions: listOf(bytes, (index) => ({ key: `k${index}`, operator: 'Exists' })) },
    })),
    kubernetes('values of an expression of a Kubernetes policy', (bytes) => ({
      podSelector: {
        matchExpressions: [{ key: 'app', operator: 'In', values: listOf(bytes, (index) => `v${index}`) }],
      },
    })),
    kubernetes('labels of a selector of a Kubernetes policy', (bytes) => ({
      podSelector: { matchLabels: keyed((index) => `k${index}`)(bytes) },
    })),
    kubernetes('ports of a Kubernetes policy', (bytes) => ({
      ingress: [{ ports: listOf(bytes, (index) => ({ port: port(index), endPort: port(index) })) }],
    })),
    {
      name: 'nets of a NetworkSet',
      make: (bytes) => calico('NetworkSet', { nets: listOf(bytes, subnet) }),
      plain: plains.set,
    },
    {
      name: 'nets of a NetworkSet that a rule finds',
      make: (bytes) => calico('NetworkSet', { nets: listOf(bytes, subnet) }, { labels: { role: 'partner' } }),
      plain: plains.set,
    },
    {
      name: 'nets of IPv6 of a NetworkSet that a rule finds',
      make: (bytes) =>
        calico(
          'NetworkSet',
          {
            nets: listOf(
              bytes,
              (index) => `fd00:${(index >> 16).toString(16)}:${(index & 65_535).toString(16)}::/64`,
            ),
          },
          { labels: { role: 'partner' } },
        ),
      plain: plains.set,
    },
    {
      name: 'nets of a GlobalNetworkSet',
      make: (bytes) =>
        calico('GlobalNetworkSet', { nets: listOf(bytes, subnet) }, { labels: { role: 'partner' } }),
      plain: plains.set,
      large: true,
    },
    {
      name: 'no nets of a NetworkSet',
      make: (bytes) => calico('NetworkSet', { nets: listOf(bytes, (index) => `x${index}`) }),
      plain: plains.set,
    },
    {
      name: 'types of a policy',
      make: (bytes) => calico('NetworkPolicy', { ...closing, types: listOf(bytes, () => 'Ingress') }),
      plain: plains.policy,
    },
    {
      name: 'a deep policy',
      make: (bytes) =>
        calico('NetworkPolicy', {
          ...closing,
          ingress: [
            JSON.parse(
              `${'['.repeat(Math.min(deepest, bytes / 2))}${']'.repeat(Math.min(deepest, bytes / 2))}`,
            ),
          ],
        }),
      plain: plains.policy,
    },
    {
      name: 'unknown fields of a policy',
      make: (bytes) => calico('NetworkPolicy', { ...closing, ...keyed((index) => `selectr${index}`)(bytes) }),
      plain: plains.policy,
    },
    {
      name: 'performance hints of a policy',
      make: (bytes) =>
        calico('NetworkPolicy', { ...closing, performanceHints: listOf(bytes, (index) => `hint${index}`) }),
      plain: plains.policy,
    },
    {
      name: 'a tier with a long name',
      make: (bytes) => calico('NetworkPolicy', { ...closing, tier: 't'.repeat(bytes) }),
      plain: plains.policy,
    },
    {
      name: 'a long name of a policy',
      make: (bytes) => calico('NetworkPolicy', closing, {}, 'p'.repeat(bytes)),
      plain: plains.policy,
    },
  ];
}

function serviceShapes(): readonly Shape[] {
  const reference = (index: number) => ({
    group: 'policy.linkerd.io',
    kind: 'MeshTLSAuthentication',
    name: `a${index}`,
  });
  return [
    {
      name: 'ports of a Service',
      make: (bytes) =>
        service({}, { ports: listOf(bytes, (index) => ({ name: `p${index}`, port: port(index) })) }),
      plain: plains.service,
    },
    {
      name: 'ports of a Service with a protocol',
      make: (bytes) =>
        service(
          {},
          {
            ports: listOf(bytes, (index) => ({
              port: port(index),
              appProtocol: 'http',
              targetPort: `p${index}`,
            })),
          },
        ),
      plain: plains.service,
    },
    {
      name: 'ports of a Service that is opaque',
      make: (bytes) =>
        service(
          {
            annotations: {
              'config.linkerd.io/opaque-ports': textOf(bytes / 2, ',', (index) => String(port(index))),
            },
          },
          { ports: listOf(bytes / 2, (index) => ({ name: `p${index}`, port: port(index) })) },
        ),
      plain: plains.service,
    },
    {
      name: 'ports of a Service of a database',
      make: (bytes) => service({}, { ports: listOf(bytes, () => ({ port: 3306 })) }),
      plain: plains.service,
    },
    {
      name: 'selector of a Service',
      make: (bytes) => service({}, { selector: keyed((index) => `k${index}`)(bytes) }),
      plain: plains.service,
    },
    {
      name: 'pod selector of a Server',
      make: (bytes) =>
        linkerd('Server', { port: 8080, podSelector: { matchLabels: keyed((index) => `k${index}`)(bytes) } }),
      plain: plains.server,
    },
    {
      name: 'expressions of a Server',
      make: (bytes) =>
        linkerd('Server', {
          port: 8080,
          podSelector: {
            matchExpressions: listOf(bytes, (index) => ({
              key: 'app',
              operator: 'NotIn',
              values: [`v${index}`],
            })),
          },
        }),
      plain: plains.server,
    },
    {
      name: 'values of an expression of a Server',
      make: (bytes) =>
        linkerd('Server', {
          port: 8080,
          podSelector: {
            matchExpressions: [
              { key: 'app', operator: 'NotIn', values: listOf(bytes, (index) => `v${index}`) },
            ],
          },
        }),
      plain: plains.server,
    },
    {
      name: 'port of a Server',
      make: (bytes) => linkerd('Server', { port: 'p'.repeat(bytes), podSelector: {} }),
      plain: plains.server,
    },
    {
      name: 'references of an AuthorizationPolicy',
      make: (bytes) =>
        linkerd('AuthorizationPolicy', {
          targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
          requiredAuthenticationRefs: listOf(bytes, reference),
        }),
      plain: plains.authorization,
    },
    {
      name: 'accounts of an AuthorizationPolicy',
      make: (bytes) =>
        linkerd('AuthorizationPolicy', {
          targetRef: { kind: 'Namespace', name: 'shop' },
          requiredAuthenticationRefs: listOf(bytes, (index) => ({
            kind: 'ServiceAccount',
            name: `a${index}`,
            namespace: 'shop',
          })),
        }),
      plain: plains.authorization,
    },
    {
      name: 'networks of a NetworkAuthentication',
      make: (bytes) =>
        linkerd('NetworkAuthentication', {
          networks: listOf(bytes, (index) => ({ cidr: subnet(index), except: [subnet(index)] })),
        }),
      plain: plains.authorization,
    },
    {
      name: 'identities of a MeshTLSAuthentication',
      make: (bytes) =>
        linkerd('MeshTLSAuthentication', {
          identities: listOf(
            bytes,
            (index) => `*.a${index}.shop.serviceaccount.identity.linkerd.cluster.local`,
          ),
        }),
      plain: plains.authorization,
    },
    {
      name: 'identity references of a MeshTLSAuthentication',
      make: (bytes) =>
        linkerd('MeshTLSAuthentication', {
          identityRefs: listOf(bytes, (index) => ({ kind: 'ServiceAccount', name: `a${index}` })),
        }),
      plain: plains.authorization,
    },
    {
      name: 'rules of a route',
      make: (bytes) =>
        linkerd('HTTPRoute', {
          parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'web' }],
          rules: listOf(bytes, (index) => ({ matches: [{ path: { value: `/a${index}` } }] })),
        }),
      plain: plains.route,
    },
    {
      name: 'parents of a route',
      make: (bytes) =>
        linkerd('HTTPRoute', {
          parentRefs: listOf(bytes, (index) => ({
            group: 'policy.linkerd.io',
            kind: 'Server',
            name: `s${index}`,
          })),
          rules: [],
        }),
      plain: plains.route,
    },
  ];
}

/** Pods that come with a proxy, of which somebody fills what the injector writes. */
function injectedShapes(): readonly Shape[] {
  const plain = (bytes: number) => injected(pod({ template: { annotations: nobodys(bytes) } }));
  const withInit = (fields: (bytes: number) => Json) => (bytes: number) => {
    const made = injected(pod({}));
    const { initContainers, ...spec } = made.spec as { readonly initContainers: readonly Json[] };
    const [init, ...others] = initContainers;
    return { ...made, spec: { ...spec, initContainers: [{ ...init, ...fields(bytes) }, ...others] } };
  };
  const skip = (index: number) => `--inbound-ports-to-ignore=${port(index)}`;
  const mount = (index: number) => ({ name: 'x', mountPath: `/run/${short(index)}` });
  const fills: Readonly<Record<string, (bytes: number) => Json>> = {
    'flags of linkerd-init': (bytes) => ({ args: [...initArgs, ...listOf(bytes, skip)] }),
    'mounts of linkerd-init': (bytes) => ({ volumeMounts: listOf(bytes, mount) }),
    'variables of linkerd-init': (bytes) => ({ env: listOf(bytes, (index) => ({ name: `E${index}` })) }),
  };
  return Object.entries(fills).map(([name, fields]) => ({ name, make: withInit(fields), plain }));
}

/** Every shape there is. */
export const shapes: readonly Shape[] = [
  ...mapShapes(),
  ...valueShapes(),
  ...workloadShapes(),
  ...selectorShapes(),
  ...policyShapes(),
  ...serviceShapes(),
  ...injectedShapes(),
];
