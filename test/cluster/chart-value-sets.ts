/** A certificate authority that is none: the chart only passes it on. */
const caBundle = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const policy = {
  metadata: { name: 'baseline' },
  spec: {
    priority: 0,
    namespaces: { selector: {} },
    defaultDeny: {
      directions: ['Ingress', 'Egress'],
      families: ['IPv4', 'IPv6'],
      onMissing: 'reject',
      coverLabel: { key: 'tollgate.dev/default-deny', value: 'enforced' },
    },
  },
};
const waiver = {
  metadata: { name: 'legacy-ftp' },
  spec: {
    rules: ['mesh/inject-missing'],
    match: { namespaces: ['ftp'], kinds: ['Deployment'] },
    owner: 'team-files',
    reason: 'raw FTP data channel',
    until: '2027-03-31',
  },
};

/** What people set, by what they want; each is rendered, linted and offered to a real API server. */
export const valueSets: Readonly<Record<string, object>> = {
  default: {},
  observe: { stage: 'observe' },
  mutate: { stage: 'mutate' },
  'first try on labelled namespaces': {
    stage: 'observe',
    webhooks: {
      namespaceSelector: {
        matchLabels: { 'tollgate.dev/try': 'true' },
        matchExpressions: [{ key: 'environment', operator: 'NotIn', values: ['production'] }],
      },
    },
  },
  'enforce, but never in the way': {
    webhooks: { validating: { failurePolicy: 'Ignore', timeoutSeconds: 1 } },
  },
  'fail for everything': {
    webhooks: {
      pods: { failurePolicy: 'Fail' },
      services: { failurePolicy: 'Fail' },
      mutating: { failurePolicy: 'Fail' },
    },
  },
  'no look at pods and services': {
    webhooks: {
      pods: { enabled: false },
      services: { enabled: false },
      mutating: { reinvocationPolicy: 'Never' },
    },
  },
  'more exclusions': {
    webhooks: {
      exclude: { extraNamespaces: ['platform'], extraUsers: ['bob'], extraGroups: ['system:masters'] },
      include: { namespaces: ['cert-manager'] },
      matchConditions: [{ name: 'not-a-robot', expression: 'request.userInfo.username != "robot"' }],
    },
  },
  'custom resources that are sent': {
    webhooks: {
      workloads: [
        { group: 'postgresql.cnpg.io', versions: ['v1'], resources: ['clusters', 'poolers'] },
        { group: 'argoproj.io', versions: ['*'], resources: ['rollouts'] },
      ],
    },
    conventions: {
      source: 'values',
      policies: [
        {
          metadata: { name: 'baseline' },
          spec: {
            mesh: { inject: 'enabled' },
            workloads: [{ group: 'argoproj.io', kind: 'Rollout', path: '/spec/template', sent: true }],
          },
        },
      ],
    },
  },
  'traces to a collector in the cluster': {
    tracing: {
      endpoint: 'http://collector.monitoring:4318',
      sampleRatio: 0.1,
      collector: {
        namespaceLabels: { 'kubernetes.io/metadata.name': 'monitoring' },
        podLabels: { 'app.kubernetes.io/name': 'collector' },
      },
    },
  },
  'traces to a collector elsewhere, with a policy of Calico': {
    networkPolicy: { kind: 'calico' },
    tracing: { endpoint: 'https://traces.example', collector: { networks: ['192.0.2.0/24'], port: 443 } },
  },
  'seats of its own at the API server, and a user namespace': {
    apiPriority: { enabled: true, shares: 20 },
    hostUsers: false,
  },
  'exclusions of before': {
    webhooks: { exclude: { namespaces: ['kube-system', 'platform'], users: [], groups: ['system:masters'] } },
  },
  'born closed': {
    defaultDeny: { enabled: true },
    conventions: { source: 'values', policies: [policy] },
  },
  'born closed by another label, with a node-local DNS cache': {
    defaultDeny: {
      enabled: true,
      keep: false,
      label: { key: 'example.org/closed', value: 'yes' },
      dns: { namespace: 'dns', selector: "app == 'coredns'", ports: [53, '5353:5354'] },
      egress: [
        { action: 'Allow', protocol: 'UDP', destination: { nets: ['169.254.20.10/32'], ports: [53] } },
      ],
    },
    linkerd: { namespace: 'mesh' },
  },
  'policies and waivers in values': {
    conventions: { source: 'values', policies: [policy], waivers: [waiver] },
  },
  'policies in a ConfigMap of their own': {
    conventions: { source: 'configMap', configMap: 'platform-conventions' },
  },
  'policies in the cluster': { conventions: { source: 'cluster' } },
  'definitions installed by somebody else': { crds: { install: false } },
  'definitions that go with the release': { crds: { keep: false } },
  'certificate by cert-manager': { tls: { source: 'certManager' } },
  'certificate by an existing issuer': {
    tls: {
      source: 'certManager',
      secretName: 'gate-certificate',
      certManager: {
        issuerRef: { kind: 'ClusterIssuer', name: 'platform' },
        duration: '720h',
        renewBefore: '240h',
      },
    },
  },
  'certificate by hand': { tls: { source: 'secret', secretName: 'gate-certificate', caBundle } },
  'reviews from the API server alone': {
    tls: { clientCAConfigMap: 'front-proxy-ca', clientNames: ['kube-apiserver'] },
  },
  'no reviews from other pods': {
    networkPolicy: { apiServer: { podsFrom: ['kube-system'], podNetworks: ['10.244.0.0/16', 'fd00::/48'] } },
  },
  'reports of the audit, and its page': { reports: { enabled: true }, auditPage: { enabled: true } },
  monitored: {
    metrics: {
      serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true },
    },
  },
  'metrics for nobody': { networkPolicy: { metricsFrom: null }, metrics: { port: 9191 } },
  'network policy of Calico': { networkPolicy: { kind: 'calico' } },
  'network policy with known addresses': {
    networkPolicy: {
      apiServer: { callers: ['10.0.0.0/28'], networks: ['10.0.0.0/28', 'fd00::/64'], ports: [6443] },
    },
  },
  'network policy of Calico with known addresses': {
    networkPolicy: {
      kind: 'calico',
      apiServer: { callers: ['10.0.0.0/28'], networks: ['10.0.0.0/28'], ports: [6443] },
    },
  },
  'metrics through the mesh': { networkPolicy: { metricsThroughMesh: true } },
  'metrics through the mesh, with Calico’s policy': {
    networkPolicy: { kind: 'calico', metricsThroughMesh: true },
  },
  'no network policy': { networkPolicy: { enabled: false } },
  'in the nodes’ network': {
    hostNetwork: { enabled: true },
    server: { port: 18443 },
    metrics: { port: 19090 },
    nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
    tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
  },
  'outside the mesh': { linkerd: { enabled: false } },
  'replicas that something else sets': { replicas: null },
  autoscaled: {
    autoscaling: {
      enabled: true,
      maxReplicas: 8,
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  },
  annotated: {
    commonAnnotations: { 'example.org/team': 'platform' },
    deploymentAnnotations: { 'reloader.example/auto': 'false' },
    webhooks: { annotations: { 'argocd.argoproj.io/sync-wave': '5' } },
    service: {
      annotations: { 'example.org/mesh': 'no' },
      ipFamilyPolicy: 'PreferDualStack',
      ipFamilies: ['IPv4'],
    },
    crds: { keep: true },
    defaultDeny: { enabled: true },
    metrics: {
      serviceMonitor: { enabled: true },
      prometheusRule: { enabled: true },
      dashboard: { enabled: true },
    },
  },
  'help at the end of denials': {
    docs: { url: 'https://wiki.example/gate' },
    support: '#platform on chat',
    log: { level: 'warn', time: 'iso' },
    tls: { minVersion: '1.3' },
  },
  'dual-stack': { server: { address: '::' } },
  'three replicas, placed by hand': {
    replicas: 3,
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
    topologySpreadConstraints: [
      {
        topologyKey: 'topology.kubernetes.io/zone',
        maxSkew: 1,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'tollgate' } },
      },
    ],
    priorityClass: { name: 'platform' },
  },
  'one replica for a laptop': {
    replicas: 1,
    podDisruptionBudget: { enabled: false },
    priorityClass: { name: '' },
    server: { drainSeconds: 0 },
  },
  'pinned image, names and labels': {
    image: {
      repository: 'mirror.example/tollgate',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
      pullSecrets: [{ name: 'mirror' }],
    },
    fullnameOverride: 'gatekeeper-of-the-islands',
    commonLabels: { team: 'platform' },
    podLabels: { 'network-zone': 'control' },
    podAnnotations: { 'example.org/backup': 'none' },
    serviceAccount: { name: 'gate', annotations: { 'example.org/role': 'reader' } },
    server: {
      extraArgs: ['--log-level=debug'],
      extraEnv: [{ name: 'NODE_OPTIONS', value: '--max-old-space-size=384' }],
    },
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
  },
  'part of another chart': { global: { imageRegistry: 'mirror.example', imagePullSecrets: ['mirror'] } },
  'Linkerd, with the gate outside the mesh': {
    linkerd: { enabled: true, meshed: false },
    defaultDeny: { enabled: true },
  },
  'a namespace chooses the user': {
    podSecurityContext: { runAsUser: null, runAsGroup: null },
    securityContext: { readOnlyRootFilesystem: null },
  },
  'certificate by a role of Vault': {
    tls: {
      source: 'certManager',
      certManager: {
        issuerRef: { name: 'vault', kind: 'ClusterIssuer', group: 'cert-manager.io' },
        privateKey: { algorithm: 'RSA', size: 2048 },
        commonName: 'tollgate.tollgate-system.svc',
      },
    },
  },
  'a node-local DNS cache and another caller': {
    networkPolicy: {
      extraEgress: [
        {
          to: [{ ipBlock: { cidr: '169.254.20.10/32' } }],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
      ],
      extraIngress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'audit' } } }] }],
    },
  },
  'policy of Calico in a tier of its own': {
    networkPolicy: {
      kind: 'calico',
      tier: 'platform',
      order: 0,
      extraEgress: [
        { action: 'Allow', protocol: 'UDP', destination: { nets: ['169.254.20.10/32'], ports: [53] } },
      ],
      extraIngress: [{ action: 'Allow', protocol: 'TCP', source: { nets: ['192.0.2.0/24'] } }],
    },
  },
  'found by pod': {
    metrics: {
      podMonitor: {
        enabled: true,
        scrapeTimeout: '5s',
        labels: { release: 'prometheus' },
        relabelings: [{ action: 'labeldrop', regex: 'pod' }],
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
      },
    },
  },
  'with a helper beside it': {
    extraContainers: [
      { name: 'log', image: 'log:1', volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }] },
    ],
    extraInitContainers: [{ name: 'wait', image: 'wait:1' }],
    extraVolumes: [{ name: 'scratch', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
    extraObjects: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'tollgate-system' } },
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: two, namespace: tollgate-system }\n',
    ],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['192.0.2.53'] },
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['api.example'] }],
    runtimeClassName: 'gvisor',
    revisionHistoryLimit: 0,
    topologySpreadConstraints: [
      { topologyKey: 'kubernetes.io/hostname', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
    ],
  },
};

/** The sets whose objects are kept as files, so that a change of the chart shows what it changes. */
export const goldenSets: readonly string[] = [
  'default',
  'born closed',
  'certificate by cert-manager',
  'network policy of Calico',
  'in the nodes’ network',
  'reports of the audit, and its page',
];

export interface RefusedValues {
  readonly values: object;
  /** What Helm says, word for word but for its preamble. */
  readonly says: string;
}

/** What must not be rendered at all. */
export const refusedSets: Readonly<Record<string, RefusedValues>> = {
  'an unknown key': {
    values: { replica: 2 },
    says: "additional properties 'replica' not allowed",
  },
  'an unknown key further down': {
    values: { webhooks: { validating: { failPolicy: 'Fail' } } },
    says: "at '/webhooks/validating': additional properties 'failPolicy' not allowed",
  },
  'a stage that is none': {
    values: { stage: 'enforced' },
    says: "at '/stage': value must be one of 'observe', 'mutate', 'enforce'",
  },
  'a text for a number': {
    values: { replicas: '2' },
    says: "at '/replicas': got string, want null or integer",
  },
  'a timeout that slows every deployment': {
    values: { webhooks: { validating: { timeoutSeconds: 10 } } },
    says: "at '/webhooks/validating/timeoutSeconds': maximum: got 10, want 3",
  },
  'a custom resource of which a convention believes that it is sent': {
    values: {
      conventions: {
        source: 'values',
        policies: [
          {
            metadata: { name: 'baseline' },
            spec: {
              mesh: { inject: 'enabled' },
              workloads: [{ group: 'example.com', kind: 'Fleet', path: '/spec/podTemplate', sent: true }],
            },
          },
        ],
      },
    },
    says: 'convention "baseline" says of Fleet.example.com that it is sent, and webhooks.workloads names no kind of example.com',
  },
  'trust in forbidden labels where pods may come unasked': {
    values: {
      conventions: {
        source: 'values',
        policies: [
          {
            metadata: { name: 'baseline' },
            spec: {
              defaultDeny: { trustForbiddenLabels: true },
              labels: [{ key: 'host', forbidden: true }],
            },
          },
        ],
      },
    },
    says: 'convention "baseline" trusts that no pod has a forbidden label, and pods can come unasked: set webhooks.pods.enabled: true, webhooks.pods.failurePolicy: Fail and stage: enforce',
  },
  'traces that the network policy would keep in': {
    values: { tracing: { endpoint: 'http://collector:4318' } },
    says: 'say where the collector is, by tracing.collector.namespaceLabels or tracing.collector.networks',
  },
  'a user namespace in the network of the nodes': {
    values: { hostUsers: false, hostNetwork: { enabled: true } },
    says: 'set hostUsers=null with hostNetwork.enabled',
  },
  'a kind for a resource': {
    values: { webhooks: { workloads: [{ group: 'example.com', versions: ['v1'], resources: ['Fleet'] }] } },
    says: "at '/webhooks/workloads/0/resources/0'",
  },
  'a workload of Kubernetes, which is sent anyway': {
    values: { webhooks: { workloads: [{ group: 'apps', versions: ['v1'], resources: ['deployments'] }] } },
    says: "at '/webhooks/workloads/0/group'",
  },
  'no replica': { values: { replicas: 0 }, says: "at '/replicas': minimum: got 0, want 1" },
  'policies without a policy': {
    values: { conventions: { source: 'values' } },
    says: 'conventions.source is values, so conventions.policies must have at least one ConventionPolicy; take source default for the one inside the image',
  },
  'policies that would not count': {
    values: { conventions: { waivers: [waiver] } },
    says: 'conventions.policies and conventions.waivers count with conventions.source values only; it is default',
  },
  'a ConfigMap without a name': {
    values: { conventions: { source: 'configMap' } },
    says: 'conventions.source is configMap, so conventions.configMap must name one',
  },
};
