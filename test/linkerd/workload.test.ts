import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import * as linkerd from '../../src/linkerd/index.ts';
import {
  annotationBypasses,
  defaultProfile,
  meshBypasses,
  misplacedSettings,
  podSecurityConflict,
  predictInjection,
  profileFromLinkerdConfig,
  proxyFlows,
  routeAnnotationProblems,
  serviceAnnotationProblems,
  unfinishedJob,
  type LinkerdProfile,
} from '../../src/linkerd/index.ts';

const profile = defaultProfile();
const config = 'config.linkerd.io/';
const enabled = { 'linkerd.io/inject': 'enabled' };

function deployment(
  spec: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { metadata, spec: { containers: [{ name: 'app' }], ...spec } } },
  };
}

function flowsOf(object: KubernetesObject, use: LinkerdProfile): readonly string[] {
  const template = podTemplateOf(object);
  const { settings } = predictInjection(object, { name: 'shop', labels: {}, annotations: enabled }, use);
  if (!template || !settings) throw new Error('the workload is injected');
  return proxyFlows(template, settings, use).map(
    ({ direction, id, needed, peer, port, protocol }) =>
      `${id} ${direction} ${peer.namespace ?? '-'} ${Object.values(peer.podLabels ?? {}).join() || '-'} ${protocol}/${port ?? '*'} ${needed}`,
  );
}

const web = deployment({
  containers: [
    {
      name: 'app',
      ports: [
        { containerPort: 8080, name: 'http' },
        { containerPort: 53, protocol: 'UDP' },
      ],
      readinessProbe: { httpGet: { port: 'http' } },
      livenessProbe: { httpGet: { port: 9000 } },
    },
  ],
});

t.test('the flows a meshed pod needs', async (t) => {
  t.same(flowsOf(web, profile), [
    'E1 Egress kube-system kube-dns UDP/53 always',
    'E1 Egress kube-system kube-dns TCP/53 always',
    'E2 Egress linkerd identity TCP/8080 always',
    'E3 Egress linkerd destination TCP/8086 always',
    'E4 Egress linkerd destination TCP/8090 always',
    'E5 Egress - - TCP/4143 if-used',
    'E6 Egress - - TCP/* if-used',
    'I1 Ingress - - TCP/4143 if-used',
    'I2 Ingress - - TCP/8080 if-used',
    'I3 Ingress - - TCP/4191 always',
    'I3 Ingress - - TCP/9000 always',
    'I3 Ingress - - TCP/8080 always',
    'I4 Ingress linkerd-viz prometheus TCP/4191 if-used',
    'I5 Ingress linkerd-viz tap TCP/4190 if-used',
  ]);
});

t.test('before 2.18 and in transparent mode peers use the ports of the application', async (t) => {
  for (const use of [defaultProfile('2.17'), { ...profile, outboundTransportMode: 'transparent' as const }]) {
    const flows = flowsOf(web, use).filter((flow) => /^(E5|I1)/.test(flow));
    t.same(flows, [
      'E5 Egress - - TCP/4143 if-used',
      'E5 Egress - - TCP/* if-used',
      'I1 Ingress - - TCP/4143 if-used',
      'I1 Ingress - - TCP/8080 if-used',
    ]);
  }
});

t.test('ports, namespace and trace collector of the installation and the pod count', async (t) => {
  const use = profileFromLinkerdConfig(
    {
      proxy: {
        ports: { admin: 5191 },
        tracing: { enabled: true, collector: { endpoint: 'otel.traces:4317' } },
      },
    },
    'mesh',
  );
  const moved = deployment(
    { containers: [{ name: 'app' }] },
    { annotations: { [`${config}inbound-port`]: '5143' } },
  );
  const flows = flowsOf(moved, use);
  for (const flow of [
    'E2 Egress mesh identity TCP/8080 always',
    'E5 Egress - - TCP/4143 if-used',
    'E7 Egress - - TCP/4317 if-used',
    'I1 Ingress - - TCP/5143 if-used',
    'I3 Ingress - - TCP/5191 always',
  ])
    t.ok(flows.includes(flow), flow);
});

t.test('what breaks without a flow', async (t) => {
  const broken = (use: LinkerdProfile, id: string) => {
    const template = podTemplateOf(web);
    const flow = template && proxyFlows(template, use, use).find((candidate) => candidate.id === id);
    return flow?.whatBreaks;
  };
  t.equal(
    broken(profile, 'E2'),
    'the proxy gets no certificate, so its startup probe fails and the pod stays in Init',
  );
  t.equal(
    broken(defaultProfile('2.19'), 'E2'),
    'the proxy gets no certificate, so linkerd-await fails after two minutes and the pod never gets ready',
  );
  t.equal(
    broken(profile, 'E4'),
    'the pod gets ready, but no Server and no AuthorizationPolicy is enforced on it',
  );
  t.equal(broken(profile, 'I1'), 'requests of meshed pods time out');
});

t.test('ways around the mesh', async (t) => {
  const bypasses = (object: KubernetesObject, use: LinkerdProfile = profile) => {
    const template = podTemplateOf(object);
    return template
      ? meshBypasses(template, use).map(({ message, pointer, way }) => [way, pointer, message])
      : [];
  };
  t.same(bypasses(deployment({})), []);
  t.same(bypasses(deployment({ hostNetwork: true })), [
    ['host-network', '/spec/template/spec/hostNetwork', 'pods on the network of the host are never injected'],
  ]);
  t.same(
    bypasses(
      deployment(
        {},
        { labels: { 'linkerd.io/cni-resource': 'true', 'linkerd.io/control-plane-ns': 'linkerd' } },
      ),
    ),
    [
      [
        'excluding-label',
        '/spec/template/metadata/labels/linkerd.io~1cni-resource',
        'by the label linkerd.io/cni-resource the API server does not ask the injector',
      ],
      [
        'forged-mesh-label',
        '/spec/template/metadata/labels/linkerd.io~1control-plane-ns',
        "the label linkerd.io/control-plane-ns is Linkerd's to set: with it clients take the pod for a meshed one",
      ],
    ],
  );
  const at = '/spec/template/spec/containers/0';
  t.same(
    bypasses(
      deployment({
        containers: [
          {
            name: 'linkerd-proxy',
            securityContext: { runAsUser: 2102, capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
      }),
    ),
    [
      [
        'fake-proxy',
        `${at}/name`,
        'a container called linkerd-proxy makes Linkerd believe that the pod has a proxy already',
      ],
      [
        'proxy-user',
        `${at}/securityContext/runAsUser`,
        "user 2102 is the proxy's own, whose traffic is not redirected to the proxy",
      ],
      [
        'network-admin',
        `${at}/securityContext/capabilities/add`,
        'a container with NET_ADMIN can take the redirect to the proxy away',
      ],
    ],
  );
  const pointers = (spec: Readonly<Record<string, unknown>>) =>
    bypasses(deployment(spec)).map(([way, pointer]) => `${String(way)} ${String(pointer)}`);
  t.same(pointers({ securityContext: { runAsUser: 2102 } }), [
    'proxy-user /spec/template/spec/securityContext/runAsUser',
  ]);
  t.same(
    pointers({
      securityContext: { runAsUser: 2102 },
      containers: [{ name: 'app', securityContext: { runAsUser: 1000 } }],
    }),
    [],
  );
  t.same(pointers({ initContainers: [{ name: 'setup', securityContext: { privileged: true } }] }), [
    'network-admin /spec/template/spec/initContainers/0/securityContext/privileged',
  ]);
  const uid = profileFromLinkerdConfig({ proxy: { uid: 1000 } });
  t.same(
    bypasses(deployment({ securityContext: { runAsUser: 2102 } }), uid),
    [],
    'the user of this installation counts',
  );
});

t.test('the user of a proxy is that of its own pod', async (t) => {
  const object = deployment(
    {
      containers: [
        { name: 'app', securityContext: { runAsUser: 1000 } },
        { name: 'old', securityContext: { runAsUser: 2102 } },
      ],
    },
    { annotations: { ...enabled, [`${config}proxy-uid`]: '1000' } },
  );
  const { settings } = predictInjection(object, { name: 'shop', labels: {}, annotations: {} }, profile);
  const template = podTemplateOf(object);
  t.same(
    template && meshBypasses(template, profile, settings).map(({ message, pointer }) => [pointer, message]),
    [
      [
        '/spec/template/metadata/annotations/config.linkerd.io~1proxy-uid',
        'containers that run as user 1000 go past the proxy, also where only their image says so',
      ],
      [
        '/spec/template/spec/containers/0/securityContext/runAsUser',
        "user 1000 is the proxy's own, whose traffic is not redirected to the proxy",
      ],
    ],
  );
});

t.test('the group of a proxy, and who runs under it', async (t) => {
  const ways = (
    annotations: StringMap,
    spec: Readonly<Record<string, unknown>>,
    use: LinkerdProfile = profile,
  ) => {
    const object = deployment(spec, { annotations: { ...enabled, ...annotations } });
    const { settings } = predictInjection(object, { name: 'shop', labels: {}, annotations: {} }, use);
    const template = podTemplateOf(object);
    return (
      template &&
      meshBypasses(template, use, settings).map(({ pointer, total, way }) => [way, pointer, total])
    );
  };
  const gid = { [`${config}proxy-gid`]: '3000' };
  const annotated = ['proxy-id', '/spec/template/metadata/annotations/config.linkerd.io~1proxy-gid', false];
  const app = (securityContext: object, more: object = {}) => ({ name: 'app', securityContext, ...more });
  const at = '/spec/template/spec';
  t.same(ways(gid, { containers: [app({ runAsGroup: 3000 })] }), [
    annotated,
    ['proxy-group', `${at}/containers/0/securityContext/runAsGroup`, true],
  ]);
  t.same(ways(gid, { containers: [app({ runAsGroup: 3001 })] }), [annotated]);
  t.same(
    ways(gid, { securityContext: { runAsGroup: 3000 } }),
    [['proxy-group', `${at}/securityContext/runAsGroup`, true], annotated].toReversed(),
  );
  t.same(
    ways(gid, { securityContext: { runAsGroup: 3000 }, containers: [app({ runAsGroup: 1 })] }),
    [annotated],
    'the container says otherwise',
  );
  t.same(
    ways(gid, { securityContext: { fsGroup: 3000, supplementalGroups: [3000] } }),
    [annotated],
    'iptables does not look at supplementary groups',
  );
  t.same(ways(gid, { initContainers: [app({ runAsGroup: 3000 })], containers: [app({})] }), [
    annotated,
    ['proxy-group', `${at}/initContainers/0/securityContext/runAsGroup`, true],
  ]);
  t.same(ways(gid, { ephemeralContainers: [app({ runAsGroup: 3000 })], containers: [app({})] }), [
    annotated,
    ['proxy-group', `${at}/ephemeralContainers/0/securityContext/runAsGroup`, true],
  ]);
  for (const value of ['0', '-1', '-3000', 'x'])
    t.same(ways({ [`${config}proxy-gid`]: value }, { containers: [app({ runAsGroup: Number(value) })] }), []);
  t.same(ways({}, { containers: [app({ runAsGroup: 3000 })] }), [], 'no group by default');
  t.same(ways(gid, { containers: [app({ runAsGroup: 3000 })] }, defaultProfile('2.15')), [], 'not read then');
  const installed = profileFromLinkerdConfig({ proxy: { gid: 3000 } });
  t.same(ways({}, { containers: [app({ runAsGroup: 3000 })] }, installed), [
    ['proxy-group', `${at}/containers/0/securityContext/runAsGroup`, true],
  ]);
  t.same(
    ways({ [`${config}proxy-uid`]: '0' }, { containers: [app({ runAsUser: 0 })] }),
    [],
    'user 0 makes no rule',
  );

  const plugin = (native: boolean) =>
    profileFromLinkerdConfig({ cniEnabled: true, proxy: { nativeSidecar: native } });
  const setup = { initContainers: [app({ runAsUser: 2102 })], containers: [app({ runAsUser: 1000 })] };
  t.same(ways({}, setup, plugin(false)), [], 'the documented way to the network before the proxy runs');
  t.equal(ways({}, setup, plugin(true))?.length, 1);
  t.equal(ways({}, setup)?.length, 1);
});

t.test('what lets a container change the rules of its pod', async (t) => {
  const cases: readonly (readonly [unknown, boolean])[] = [
    [{ privileged: true }, true],
    [{ privileged: false }, false],
    [{ capabilities: { add: ['NET_ADMIN'] } }, true],
    [{ capabilities: { add: ['CAP_NET_ADMIN'], drop: ['ALL'] } }, true],
    [{ capabilities: { add: ['net_admin'] } }, true],
    [{ capabilities: { add: ['all'] } }, true],
    [{ capabilities: { add: ['NET_RAW', 'NET_BIND_SERVICE', 'NET_ADMIN_NOT'] } }, false],
    [{ capabilities: { drop: ['NET_ADMIN'] } }, false],
    [{ runAsUser: 0, allowPrivilegeEscalation: true, procMount: 'Unmasked' }, false],
  ];
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const [securityContext, expected] of cases) {
      const template = podTemplateOf(deployment({ [list]: [{ name: 'app', securityContext }] }));
      const found = template ? meshBypasses(template, profile) : [];
      t.same(
        found.map(({ total, way }) => [way, total]),
        expected ? [['network-admin', false]] : [],
        `${list} ${JSON.stringify(securityContext)}`,
      );
    }
});

t.test('the only ports of a pod', async (t) => {
  const message = (value: string, ports: readonly object[]) => {
    const template = podTemplateOf(
      deployment(
        { containers: [{ name: 'app', ports }] },
        { annotations: { ...enabled, [`${config}skip-inbound-ports`]: value } },
      ),
    );
    return template && meshBypasses(template, profile)[0]?.message;
  };
  const past = 'past the proxy, without TLS and policy';
  t.equal(
    message('8080', [{ containerPort: 8080 }]),
    `anyone can connect to port 8080, the only port that the pods declare, ${past}`,
  );
  t.equal(
    message('8000-9100', [
      { containerPort: 8080 },
      { containerPort: 9090 },
      { containerPort: 53, protocol: 'UDP' },
    ]),
    `anyone can connect to ports 8000-9100, all ports that the pods declare, ${past}`,
  );
  t.equal(
    message('9090', [{ containerPort: 8080 }, { containerPort: 9090 }]),
    `anyone can connect to port 9090 ${past}`,
  );
  t.equal(message('9090', []), `anyone can connect to port 9090 ${past}`);
});

t.test('annotations around the mesh, on a template or a namespace', async (t) => {
  const cases: readonly (readonly [string, string, string | undefined, string?])[] = [
    ['linkerd.io/inject', 'disabled', 'opt-out', 'pods opt out of the mesh'],
    ['linkerd.io/inject', 'enabled', undefined],
    [
      `${config}skip-inbound-ports`,
      '8081,9000-9010',
      'skip-inbound-ports',
      'anyone can connect to ports 8081,9000-9010 past the proxy, without TLS and policy',
    ],
    [`${config}skip-inbound-ports`, '4567-4568', undefined],
    [`${config}skip-inbound-ports`, '', undefined],
    [
      `${config}skip-outbound-ports`,
      '4567,443',
      'skip-outbound-ports',
      'connections to port 443 go past the proxy, without TLS',
    ],
    [
      `${config}skip-subnets`,
      '10.0.0.0/8',
      'skip-subnets',
      'connections from "10.0.0.0/8" reach the pods past the proxy, without TLS and policy',
    ],
    [`${config}proxy-image`, 'evil/proxy', 'proxy-image', '"evil/proxy" runs as the proxy, whatever that is'],
    [
      `${config}proxy-version`,
      'edge-20.1.1',
      'proxy-image',
      'release "edge-20.1.1" of the proxy runs, whatever the installation has',
    ],
    [
      `${config}proxy-additional-env`,
      '[{"name":"A"}]',
      'proxy-environment',
      'A can override any setting of the proxy, its inbound policy included',
    ],
    [`${config}proxy-additional-env`, '[]', undefined],
    [
      `${config}enable-debug-sidecar`,
      'true',
      'debug-sidecar',
      "a debug container can read the pod's traffic",
    ],
    [`${config}enable-debug-sidecar`, 'yes', undefined],
    [
      `${config}proxy-log-http-headers`,
      'insecure',
      'logged-headers',
      'the proxy may log HTTP headers, credentials included',
    ],
    [
      `${config}enable-external-profiles`,
      '1',
      'external-profiles',
      'the proxy takes service profiles for names outside the cluster',
    ],
    [
      `${config}proxy-admin-shutdown`,
      'enabled',
      'admin-shutdown',
      'anything in the pod can shut its proxy down',
    ],
    [`${config}proxy-log-level`, 'debug', undefined],
  ];
  for (const [key, value, way, message] of cases) {
    const found = annotationBypasses({ [key]: value }, '/metadata/annotations', profile)[0];
    t.equal(found?.way, way, `${key}: ${value}`);
    t.equal(found?.message, message, `${key}: ${value}, message`);
  }
  t.equal(
    annotationBypasses({ 'linkerd.io/inject': 'disabled' }, '/metadata/annotations', profile)[0]?.pointer,
    '/metadata/annotations/linkerd.io~1inject',
  );
});

t.test('lists that leave the proxy hardly anything to do', async (t) => {
  const cases: readonly (readonly [string, string, boolean | undefined])[] = [
    ['skip-inbound-ports', '1-65535', true],
    ['skip-inbound-ports', '1-4142,4144-65535', true],
    ['skip-inbound-ports', '1-32767,32768-65535', true],
    ['skip-inbound-ports', '40000-65535,1-100,50-30000', true],
    ['skip-inbound-ports', '1-32768', true],
    ['skip-inbound-ports', '0-32767', false],
    ['skip-outbound-ports', '0-40000', true],
    ['skip-outbound-ports', '1-65535\n', true],
    ['skip-outbound-ports', '80\n1-65535', false],
    ['skip-outbound-ports', '\n1-65535', true],
    ['skip-inbound-ports', '1-20000,1-20000', false],
    ['skip-inbound-ports', '8080', false],
    ['skip-inbound-ports', 'all', undefined],
    ['skip-inbound-ports', '1-65535 ', undefined],
    ['skip-subnets', '0.0.0.0/0', true],
    ['skip-subnets', '10.0.0.0/8, 0.0.0.0/0', true],
    ['skip-subnets', '10.0.0.0/8,\t\u00A00.0.0.0/0\u0085', true],
    ['skip-subnets', '0.0.0.0/1,128.0.0.0/1', true],
    ['skip-subnets', '192.0.0.0/2,64.0.0.0/2,0.0.0.0/2,128.0.0.0/2', true],
    ['skip-subnets', '0.0.0.0/2,64.0.0.0/2', true],
    ['skip-subnets', '0.0.0.0/2,10.0.0.0/8,0.0.0.0/2', false],
    ['skip-subnets', '0.0.0.0/00', true],
    ['skip-subnets', '::/0', true],
    ['skip-subnets', '8000::/2,::/2,c000::/2,4000::/2', true],
    ['skip-subnets', 'fd00::/8', true],
    ['skip-subnets', '10.0.0.0/8', false],
    ['skip-subnets', '10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/16', true],
    ['skip-subnets', '10.0.0.0/8,100.64.0.0/10,172.16.0.0/12,192.168.0.0/17', false],
    ['skip-subnets', '$(KUBERNETES_SERVICE_HOST)/0', true],
    ['skip-outbound-ports', '"1-65535"', true],
    ['skip-inbound-ports', String.raw`1\x2d65535`, true],
    ['skip-inbound-ports', '80"\n- "--simulate', true],
    ['skip-inbound-ports', `${'1,'.repeat(10_000)}1-65535`, true],
    ['proxy-image', '1-65535', false],
    ['proxy-image', 'example/proxy:1\nargs: [--simulate]\n#', true],
    ['image-pull-policy', 'Always\n', undefined],
    ['image-pull-policy', 'Always\ncommand: [true]', true],
  ];
  for (const [name, value, total] of cases)
    t.equal(
      annotationBypasses({ [`${config}${name}`]: value }, '', profile)[0]?.total,
      total,
      `${name} ${JSON.stringify(value.slice(0, 60))}`,
    );
  const cni = profileFromLinkerdConfig({ cniEnabled: true });
  const byPlugin = (name: string, value: string) =>
    annotationBypasses({ [`${config}${name}`]: value }, '', cni)[0]?.total;
  t.equal(
    byPlugin('skip-outbound-ports', '1-65535\n'),
    undefined,
    'the plugin reads no port with a line break',
  );
  t.equal(byPlugin('skip-outbound-ports', '80\n,1-65535'), true, 'the plugin knows no lines');
});

t.test('Jobs that never finish, by version', async (t) => {
  const job = (
    kind: 'Job' | 'CronJob',
    annotations: StringMap,
    command: readonly string[] = [],
  ): KubernetesObject => {
    const template = {
      metadata: { annotations: { ...enabled, ...annotations } },
      spec: { containers: [{ name: 'app', command }] },
    };
    return {
      apiVersion: 'batch/v1',
      kind,
      metadata: { name: 'nightly' },
      spec: kind === 'Job' ? { template } : { jobTemplate: { spec: { template } } },
    };
  };
  const judge = (object: KubernetesObject, version: string) => {
    const use = defaultProfile(version);
    return unfinishedJob(
      object,
      predictInjection(object, { name: 'shop', labels: {}, annotations: {} }, use),
      use,
    );
  };
  t.equal(judge(job('Job', {}), '2.20'), undefined, 'a native sidecar by default');
  t.same(judge(job('Job', {}), '2.19'), {
    message: 'the Job never finishes: its proxy keeps running after the job is done',
    why: 'its proxy keeps running after the job is done',
    remedy: { key: 'config.beta.linkerd.io/proxy-enable-native-sidecar', value: 'true' },
  });
  t.match(judge(job('CronJob', {}), '2.15'), {
    message: 'the CronJob never finishes: its proxy keeps running after the job is done',
    remedy: { key: 'config.alpha.linkerd.io/proxy-enable-native-sidecar' },
  });
  t.match(judge(job('Job', { [`${config}proxy-enable-native-sidecar`]: 'false' }), '2.20'), {
    remedy: { key: 'config.linkerd.io/proxy-enable-native-sidecar' },
  });
  t.equal(
    judge(job('Job', { 'config.alpha.linkerd.io/proxy-enable-native-sidecar': 'true' }), '2.18'),
    undefined,
  );
  t.equal(judge(job('Job', { 'linkerd.io/inject': 'disabled' }), '2.18'), undefined);
  const await_ = ['linkerd-await', '--shutdown', '--', 'run'];
  t.match(judge(job('Job', {}, await_), '2.18'), {
    message:
      'the Job never finishes: linkerd-await asks the proxy to stop, but its shutdown endpoint is disabled',
  });
  t.equal(judge(job('Job', { [`${config}proxy-admin-shutdown`]: 'enabled' }, await_), '2.18'), undefined);
  t.equal(judge(deployment({}, { annotations: enabled }), '2.18'), undefined, 'a Deployment is meant to run');
});

t.test('Pod Security levels that refuse linkerd-init', async (t) => {
  const label = 'pod-security.kubernetes.io/enforce';
  t.same(podSecurityConflict({ [label]: 'restricted' }, profile), {
    level: 'restricted',
    message:
      'pod-security.kubernetes.io/enforce: restricted refuses every injected pod, because linkerd-init needs NET_ADMIN and NET_RAW; install the Linkerd CNI plugin or enforce privileged',
  });
  t.match(podSecurityConflict({ [label]: 'baseline' }, profile), { level: 'baseline' });
  t.equal(podSecurityConflict({ [label]: 'privileged' }, profile), undefined);
  t.equal(podSecurityConflict({}, profile), undefined);
  t.equal(podSecurityConflict({ [label]: 'restricted' }, { ...profile, cni: true }), undefined);
});

t.test('settings where Linkerd does not look', async (t) => {
  const found = (object: KubernetesObject) =>
    misplacedSettings(object).map(({ belongs, message, pointer }) => [pointer, belongs, message]);
  const inject = 'linkerd.io~1inject';
  t.same(found({ ...deployment({}), metadata: { name: 'web', annotations: { ...enabled, team: 'a' } } }), [
    [
      `/metadata/annotations/${inject}`,
      `/spec/template/metadata/annotations/${inject}`,
      "linkerd.io/inject does nothing here: Linkerd reads the pod template's annotations",
    ],
  ]);
  t.same(found(deployment({}, { labels: { 'linkerd.io/inject': 'enabled' }, annotations: enabled })), [
    [
      `/spec/template/metadata/labels/${inject}`,
      `/spec/template/metadata/annotations/${inject}`,
      'linkerd.io/inject does nothing as a label: it is an annotation',
    ],
  ]);
  const cronJob: KubernetesObject = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly' },
    spec: {
      jobTemplate: { metadata: { annotations: enabled }, spec: { template: { spec: { containers: [] } } } },
    },
  };
  t.match(found(cronJob), [
    [
      `/spec/jobTemplate/metadata/annotations/${inject}`,
      `/spec/jobTemplate/spec/template/metadata/annotations/${inject}`,
    ],
  ]);
  const namespace = (metadata: Readonly<Record<string, unknown>>): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata,
  });
  t.match(found(namespace({ name: 'shop', labels: enabled })), [
    [`/metadata/labels/${inject}`, `/metadata/annotations/${inject}`],
  ]);
  t.same(
    found(
      namespace({
        name: 'shop',
        annotations: enabled,
        labels: { 'config.linkerd.io/admission-webhooks': 'disabled' },
      }),
    ),
    [],
  );
  t.same(
    found(namespace({ name: 'shop', annotations: { 'config.linkerd.io/admission-webhooks': 'disabled' } })),
    [
      [
        '/metadata/annotations/config.linkerd.io~1admission-webhooks',
        '/metadata/labels/config.linkerd.io~1admission-webhooks',
        'config.linkerd.io/admission-webhooks does nothing as an annotation: it is a label',
      ],
    ],
  );
  const pod: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { annotations: enabled },
    spec: { containers: [] },
  };
  t.same(found(pod), [], 'a bare pod is its own template');
  const service: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { labels: { 'mirror.linkerd.io/exported': 'true' } },
  };
  t.same(found(service), []);
});

t.test('annotations of Services that contradict each other', async (t) => {
  const accrual = 'balancer.linkerd.io/failure-accrual';
  const rate = 'balancer.alpha.linkerd.io/failure-accrual-success-rate-threshold';
  const found = (annotations: StringMap, hasServiceProfile = false) =>
    serviceAnnotationProblems(annotations, profile, { hasServiceProfile }).map(({ message }) => message);
  t.same(found({ [accrual]: 'consecutive', [`${accrual}-consecutive-min-penalty`]: '2m' }), [
    'the minimum penalty exceeds the maximum, so the circuit breaker of the Service is off',
  ]);
  t.same(found({ [accrual]: 'consecutive', [`${accrual}-consecutive-max-penalty`]: '0' }), [
    `${accrual}-consecutive-max-penalty is 0, so the circuit breaker of the Service is off`,
  ]);
  t.same(found({ [`${accrual}-consecutive-max-failures`]: '3' }), [
    `${accrual}-consecutive-max-failures does nothing without ${accrual}: consecutive`,
  ]);
  t.same(found({ [accrual]: 'consecutive', [rate]: '0.9' }), [
    `${rate} does nothing without ${accrual}: unified`,
  ]);
  t.same(found({ [accrual]: 'unified', [rate]: '0.9' }), []);
  t.same(found({ 'retry.linkerd.io/http': '5xx' }, true), [
    'retry.linkerd.io/http does nothing, because the Service has a ServiceProfile',
  ]);
  t.same(routeAnnotationProblems({ 'retry.linkerd.io/grpc': 'internal' }, 'HTTPRoute'), [
    {
      key: 'retry.linkerd.io/grpc',
      fault: 'dead',
      message: 'retry.linkerd.io/grpc does nothing on an HTTPRoute; write retry.linkerd.io/http',
    },
  ]);
  t.same(routeAnnotationProblems({ 'retry.linkerd.io/grpc': 'internal' }, 'GRPCRoute'), []);
});

t.test('limits of the circuit breaker, beyond which the whole of it is dropped', (t) => {
  const accrual = 'balancer.linkerd.io/failure-accrual';
  const alpha = 'balancer.alpha.linkerd.io/';
  const rate = `${alpha}failure-accrual-success-rate`;
  const unified = { [accrual]: 'unified' };
  const off = 'so the circuit breaker of the Service is off';
  const tooShort = `${rate}-window is below 10ms, ${off}; write a window such as 10s`;
  const tooMany = `${rate}-min-requests is above 1000000, ${off}`;
  const cases: readonly (readonly [StringMap, readonly string[], string?])[] = [
    [{ ...unified, [`${rate}-window`]: '10ms', [`${rate}-min-requests`]: '1000000' }, []],
    [{ ...unified, [`${rate}-window`]: '9ms' }, [tooShort]],
    [{ ...unified, [`${rate}-window`]: '0' }, [tooShort]],
    [{ ...unified, [`${rate}-window`]: '9ms', [`${rate}-threshold`]: '0' }, []],
    [{ ...unified, [`${rate}-window`]: '0s', [`${rate}-threshold`]: '0' }, [tooShort]],
    [{ ...unified, [`${rate}-min-requests`]: '1000001' }, [tooMany]],
    [{ ...unified, [`${rate}-min-requests`]: '1000001', [`${rate}-threshold`]: '0.0' }, []],
    [{ ...unified, [`${rate}-min-requests`]: '0' }, []],
    [
      { ...unified, [`${rate}-threshold`]: '0', [`${accrual}-consecutive-max-failures`]: '0' },
      [`neither the success rate nor failures in a row count, ${off}`],
    ],
    [{ ...unified, [`${rate}-window`]: '9ms' }, [], '2.19'],
    [{ [accrual]: 'consecutive', [`${alpha}failure-accrual-honor-retry-after`]: 'true' }, []],
    [
      { [`${alpha}failure-accrual-honor-retry-after`]: 'true' },
      [`${alpha}failure-accrual-honor-retry-after does nothing without ${accrual}: consecutive`],
    ],
    [{ [`${alpha}penalize-failures`]: 'true', [`${alpha}load-biaser-penalty`]: '49d' }, []],
    [
      { [`${alpha}penalize-failures`]: 'true', [`${alpha}load-biaser-penalty`]: '50d' },
      [
        `${alpha}load-biaser-penalty is above 49 days, which drops all load-biaser annotations of the Service`,
      ],
    ],
    [
      { [`${alpha}load-biaser-penalty`]: '5s' },
      [`${alpha}load-biaser-penalty does nothing without ${alpha}penalize-failures: true`],
    ],
  ];
  for (const [annotations, messages, version = '2.20'] of cases)
    t.same(
      serviceAnnotationProblems(annotations, defaultProfile(version)).map(({ message }) => message),
      messages,
      JSON.stringify(annotations),
    );
  t.end();
});

t.test('the page of the library names functions that there are', async (t) => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/library.md'), 'utf8');
  const table = page.slice(page.indexOf('What `tollgate/linkerd` answers'));
  const names = [...table.matchAll(/`([a-zA-Z]+)(?:\(\w*\))?`/g)].flatMap(([, name = '']) => name);
  for (const name of names) t.ok(Object.hasOwn(linkerd, name), name);
  t.ok(names.length > 25);
});
