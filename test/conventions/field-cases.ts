import type { Point } from '../../src/conventions/document/action.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { globalNetworkPolicy, kubernetesNetworkPolicy } from '../support/objects.ts';
import { documentedScenarios, type Scenario } from './scenarios.ts';

// One table: longer than other files, since every field of both documents stands in it.

/** Shows that a field decides something: what two documents that differ in it alone make of one scenario. */
export interface FieldCase {
  readonly one: Spec;
  readonly other: Spec;
  /** Something to decide, or the name of an example of docs/rules.md. */
  readonly in: Scenario | string;
  /** What begins a line that one of them decides and the other does not. */
  readonly shows: string;
  readonly point?: Point;
  readonly now?: string;
  /** Documents beside the convention, the same in both. */
  readonly beside?: readonly object[];
}

export type Spec = Readonly<Record<string, unknown>>;

export const documented = new Map(documentedScenarios().map((scenario) => [scenario.name, scenario]));

const shop = (labels: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }) as KubernetesObject;

interface Template {
  readonly labels?: object;
  readonly annotations?: object;
  readonly pod?: object;
  readonly kind?: string;
}

const web = ({ labels = {}, annotations = {}, pod = {}, kind = 'Deployment' }: Template = {}) =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: {
          labels: { app: 'web', 'app.kubernetes.io/name': 'web', ...labels },
          annotations: { 'linkerd.io/inject': 'enabled', ...annotations },
        },
        spec: { containers: [{ name: 'web', image: 'web:1', ports: [{ containerPort: 8080 }] }], ...pod },
      },
    },
  }) as KubernetesObject;

const manifests = (...objects: readonly KubernetesObject[]): Scenario => ({
  name: 'manifests',
  manifests: objects,
});
const created = (object: KubernetesObject, given: readonly KubernetesObject[] = []): Scenario => ({
  name: 'created',
  operation: 'CREATE',
  object,
  given,
});

const uncovered = manifests(shop({ team: 'a' }));
/** Closed but for pods with a label of nodes. */
const closedButForHosts = manifests(
  kubernetesNetworkPolicy('deny', 'shop', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  globalNetworkPolicy('hosts', { order: 10, selector: 'has(host)', ingress: [{ action: 'Allow' }] }),
  shop({}),
);
const linkerd = (settings: object): Spec => ({ mesh: { inject: 'enabled', linkerd: settings } });
const label = (settings: object): Spec => ({ labels: [{ key: 'team', ...settings }] });
const store = (settings: object): Spec => ({
  stores: [
    { name: 'ledger', selector: { matchLabels: { app: 'postgresql' } }, protocol: 'postgresql', ...settings },
  ],
});
const rule = (setting: object): Spec => ({ rules: { 'gate/default-deny-missing': setting } });

/** The four fields of a selector, where `with` makes a document of one and the scenario has the label team=a. */
function selectorCases(
  path: string,
  make: (selector: object) => Spec,
  shown: Pick<FieldCase, 'in' | 'shows' | 'beside'>,
): Readonly<Record<string, FieldCase>> {
  const asked = (expression: object) => make({ matchExpressions: [expression] });
  return {
    [`${path}.matchLabels`]: {
      one: make({ matchLabels: { team: 'a' } }),
      other: make({ matchLabels: { team: 'b' } }),
      ...shown,
    },
    [`${path}.matchExpressions[].key`]: {
      one: asked({ key: 'team', operator: 'Exists' }),
      other: asked({ key: 'stage', operator: 'Exists' }),
      ...shown,
    },
    [`${path}.matchExpressions[].operator`]: {
      one: asked({ key: 'team', operator: 'Exists' }),
      other: asked({ key: 'team', operator: 'DoesNotExist' }),
      ...shown,
    },
    [`${path}.matchExpressions[].values`]: {
      one: asked({ key: 'team', operator: 'In', values: ['a'] }),
      other: asked({ key: 'team', operator: 'In', values: ['b'] }),
      ...shown,
    },
  };
}

/** The sources of a label at a place of the schema; each is shown beside another source. */
function sourceCases(path: string, make: (source: object) => Spec): Readonly<Record<string, FieldCase>> {
  const object = web({ labels: { tier: 'front' }, pod: { serviceAccountName: 'robot' } });
  const scenario = created(object, [shop({ owner: 'ada' })]);
  const patched = (value: string) => ({
    in: scenario,
    shows: `add /spec/template/metadata/labels/team "${value}"`,
  });
  return {
    [`${path}.podLabel`]: {
      one: make({ podLabel: 'tier' }),
      other: make({ podLabel: 'no' }),
      ...patched('front'),
    },
    [`${path}.namespaceLabel`]: {
      one: make({ namespaceLabel: 'owner' }),
      other: make({ namespaceLabel: 'no' }),
      ...patched('ada'),
    },
    [`${path}.literal`]: { one: make({ literal: 'x' }), other: make({ literal: 'y' }), ...patched('x') },
    [`${path}.workloadName`]: {
      one: make({ workloadName: {} }),
      other: make({ literal: 'y' }),
      ...patched('web'),
    },
    [`${path}.namespaceName`]: {
      one: make({ namespaceName: {} }),
      other: make({ literal: 'y' }),
      ...patched('shop'),
    },
    [`${path}.serviceAccount`]: {
      one: make({ serviceAccount: {} }),
      other: make({ literal: 'y' }),
      ...patched('robot'),
    },
  };
}

const optedOut = manifests(shop({ team: 'a' }), web({ annotations: { 'linkerd.io/inject': 'disabled' } }));
const waived = 'mesh/opt-out | waived';
const waiver = (changes: object = {}): Spec => ({
  rules: ['mesh/opt-out'],
  match: { namespaces: ['shop'] },
  owner: 'team-a',
  reason: 'raw TCP',
  until: '2027-03-31',
  ...changes,
});
/** A Waiver with this spec. */
export const waiverObject = (spec: Spec) => ({
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'Waiver',
  metadata: { name: 'ftp' },
  spec,
});
const annotated = manifests(
  shop(),
  (({ metadata, ...rest }: KubernetesObject) => ({
    ...rest,
    metadata: {
      ...metadata,
      annotations: { 'waive.tollgate.dev/mesh.opt-out': 'until=2027-03-31 by=ada raw TCP' },
    },
  }))(web({ annotations: { 'linkerd.io/inject': 'disabled' } })),
);
const terms = (settings: object, given: object = {}) => ({
  one: { waivers: {} },
  other: { waivers: settings },
  in: optedOut,
  shows: waived,
  beside: [waiverObject(waiver(given))],
});
const rawPolicy = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'default.deny' },
  spec: { types: ['Ingress', 'Egress'] },
} as KubernetesObject;
const rival = {
  apiVersion: 'tollgate.dev/v1alpha1',
  kind: 'ConventionPolicy',
  metadata: { name: 'rival' },
  spec: { defaultDeny: {}, rules: { 'gate/default-deny-missing': 'warn' } },
};
const missing = 'gate/default-deny-missing';
const proxyPort = (settings: object): Spec => ({
  ...linkerd(settings),
  rules: { 'mesh/port-4143-needs-authorization': 'warn' },
});
const ownPort = (port: number): Scenario => {
  const example = documented.get('mesh/port-4143-needs-authorization, found');
  const text = JSON.stringify(example).replaceAll(/"containerPort":\d+/g, `"containerPort":${port}`);
  return JSON.parse(text) as Scenario;
};

const inNamespace = (apiVersion: string, kind: string, namespace: string, name: string, spec: object) =>
  ({ apiVersion, kind, metadata: { name, namespace }, spec }) as KubernetesObject;

/** A store that lets the account `checkout` of the namespace `shop` in, over the mesh or past it. */
function ledger(port: number, inject: 'enabled' | 'disabled'): readonly KubernetesObject[] {
  const client = { labels: { app: 'checkout' }, pod: { serviceAccountName: 'checkout' } };
  const source = {
    namespaceSelector: 'kubernetes.io/metadata.name == "shop"',
    serviceAccounts: { names: ['checkout'] },
  };
  const template = {
    metadata: { labels: { app: 'postgresql' }, annotations: { 'linkerd.io/inject': inject } },
    spec: { containers: [{ name: 'db', image: 'postgres:17', ports: [{ containerPort: 5432 }] }] },
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'data' } },
    shop(),
    web(client),
    inNamespace('projectcalico.org/v3', 'NetworkPolicy', 'data', 'postgresql', {
      selector: 'app == "postgresql"',
      types: ['Ingress'],
      ingress: [{ action: 'Allow', protocol: 'TCP', source, destination: { ports: [port] } }],
    }),
    inNamespace('apps/v1', 'StatefulSet', 'data', 'postgresql', {
      selector: { matchLabels: { app: 'postgresql' } },
      template,
    }),
  ];
}

/** Linkerd lets an identity of the trust domain cluster.local in. */
const authorized: readonly KubernetesObject[] = [
  inNamespace('policy.linkerd.io/v1beta3', 'Server', 'data', 'postgresql', {
    podSelector: { matchLabels: { app: 'postgresql' } },
    port: 5432,
    proxyProtocol: 'opaque',
  }),
  inNamespace('policy.linkerd.io/v1alpha1', 'AuthorizationPolicy', 'data', 'postgresql', {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'postgresql' },
    requiredAuthenticationRefs: [
      { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'checkout' },
    ],
  }),
  inNamespace('policy.linkerd.io/v1alpha1', 'MeshTLSAuthentication', 'data', 'checkout', {
    identities: ['checkout.shop.serviceaccount.identity.linkerd.cluster.local'],
  }),
];

const fleets = { group: 'example.com', kind: 'Fleet', path: '/spec/pods/annotations' };

/** By field of a convention. */
export const conventionCases: Readonly<Record<string, FieldCase>> = {
  '.priority': {
    one: { priority: 1 },
    other: { priority: -1 },
    in: uncovered,
    shows: `${missing} | deny`,
    beside: [rival],
  },
  ...selectorCases('.namespaces.selector', (selector) => ({ namespaces: { selector, exclude: [] } }), {
    in: uncovered,
    shows: missing,
  }),
  '.namespaces.exclude': {
    one: { namespaces: { exclude: ['shop'] } },
    other: { namespaces: { exclude: [] } },
    in: uncovered,
    shows: missing,
  },
  '.defaultDeny.directions': {
    one: { defaultDeny: { directions: ['Ingress'] } },
    other: { defaultDeny: { directions: ['Egress'] } },
    in: uncovered,
    shows: `${missing} | deny |  | namespace "shop": ingress is not denied`,
  },
  '.defaultDeny.families': {
    one: { defaultDeny: { families: ['IPv4'] } },
    other: { defaultDeny: { families: ['IPv6'] } },
    in: 'policy/one-family-only, found',
    shows: 'policy/one-family-only',
  },
  '.defaultDeny.onMissing': {
    one: { defaultDeny: { onMissing: 'hold' } },
    other: { defaultDeny: { onMissing: 'reject' } },
    in: uncovered,
    shows: `${missing} | deny`,
  },
  '.defaultDeny.coverLabel.key': {
    one: { defaultDeny: { coverLabel: { key: 'closed', value: 'yes' } } },
    other: { defaultDeny: { coverLabel: { key: 'gate', value: 'yes' } } },
    in: created(shop({ team: 'a' })),
    shows: 'add /metadata/labels/closed "yes"',
  },
  '.defaultDeny.coverLabel.value': {
    one: { defaultDeny: { coverLabel: { key: 'closed', value: 'yes' } } },
    other: { defaultDeny: { coverLabel: { key: 'closed', value: 'both' } } },
    in: created(shop({ team: 'a' })),
    shows: 'add /metadata/labels/closed "yes"',
  },
  '.defaultDeny.trustForbiddenLabels': {
    one: { defaultDeny: { trustForbiddenLabels: true }, labels: [{ key: 'host', forbidden: true }] },
    other: { defaultDeny: { trustForbiddenLabels: false }, labels: [{ key: 'host', forbidden: true }] },
    in: closedButForHosts,
    shows: `${missing} | deny`,
  },
  '.mesh.inject': {
    one: { mesh: { inject: 'ingress' } },
    other: { mesh: { inject: 'off' } },
    in: 'mesh/inject-missing, found',
    shows: 'mesh/inject-missing',
  },
  '.mesh.linkerd.version': {
    one: linkerd({ version: '2.14' }),
    other: linkerd({ version: '2.20' }),
    in: 'mesh/proxy-port-blocked, found',
    shows: 'mesh/proxy-port-blocked',
  },
  '.mesh.linkerd.namespace': {
    one: linkerd({ namespace: 'mesh' }),
    other: linkerd({ namespace: 'linkerd' }),
    in: 'mesh/control-plane-blocked, not found',
    shows: 'mesh/control-plane-blocked',
  },
  '.mesh.linkerd.outboundTransportMode': {
    one: linkerd({ outboundTransportMode: 'transparent' }),
    other: linkerd({ outboundTransportMode: 'transport-header' }),
    in: 'mesh/proxy-port-blocked, found',
    shows: 'mesh/proxy-port-blocked',
  },
  '.mesh.linkerd.cni': {
    one: linkerd({ cni: true }),
    other: linkerd({ cni: false }),
    in: 'mesh/not-injectable, found (2)',
    shows: 'mesh/not-injectable',
  },
  '.mesh.linkerd.runAsRoot': {
    one: linkerd({ runAsRoot: true }),
    other: linkerd({ runAsRoot: false }),
    in: manifests(web({ annotations: { 'config.linkerd.io/close-wait-timeout': '3600s' } })),
    shows: 'mesh/annotation-fatal',
  },
  '.mesh.linkerd.nativeSidecar': {
    one: linkerd({ nativeSidecar: false }),
    other: linkerd({ nativeSidecar: true }),
    in: 'mesh/job-never-finishes, found',
    shows: 'mesh/job-never-finishes',
  },
  '.mesh.linkerd.tokenProjection': {
    one: linkerd({ tokenProjection: false }),
    other: linkerd({ tokenProjection: true }),
    in: manifests(web({ pod: { automountServiceAccountToken: false } })),
    shows: 'mesh/not-injectable',
  },
  ...selectorCases(
    '.mesh.linkerd.injectorNamespaceSelector',
    (injectorNamespaceSelector) => linkerd({ injectorNamespaceSelector }),
    { in: manifests(shop({ team: 'a' }), web()), shows: 'mesh/not-injectable' },
  ),
  ...selectorCases(
    '.mesh.linkerd.injectorObjectSelector',
    (injectorObjectSelector) => linkerd({ injectorObjectSelector }),
    { in: manifests(shop(), web({ labels: { team: 'a' } })), shows: 'mesh/not-injectable' },
  ),
  '.mesh.linkerd.ports.inbound': {
    one: linkerd({ ports: { inbound: 5143 } }),
    other: linkerd({ ports: { inbound: 4143 } }),
    in: 'mesh/proxy-port-blocked, not found',
    shows: 'mesh/proxy-port-blocked',
  },
  '.mesh.linkerd.ports.control': {
    one: proxyPort({ ports: { control: 5190 } }),
    other: proxyPort({ ports: { control: 4190 } }),
    in: ownPort(5190),
    shows: 'mesh/port-4143-needs-authorization',
  },
  '.mesh.linkerd.ports.admin': {
    one: proxyPort({ ports: { admin: 5191 } }),
    other: proxyPort({ ports: { admin: 4191 } }),
    in: ownPort(5191),
    shows: 'mesh/port-4143-needs-authorization',
  },
  '.mesh.linkerd.webhookFailurePolicy': {
    one: linkerd({ webhookFailurePolicy: 'Fail' }),
    other: linkerd({ webhookFailurePolicy: 'Ignore' }),
    in: 'mesh/proxy-missing, found',
    shows: 'mesh/proxy-missing',
  },
  '.mesh.linkerd.defaultInboundPolicy': {
    one: linkerd({ defaultInboundPolicy: 'deny' }),
    other: linkerd({ defaultInboundPolicy: 'all-authenticated' }),
    in: 'mesh/default-inbound-policy, found (1)',
    shows: 'mesh/default-inbound-policy',
  },
  '.mesh.linkerd.trustDomain': {
    one: { ...linkerd({ trustDomain: 'cluster.local' }), ...store({ clients: [] }) },
    other: { ...linkerd({ trustDomain: 'example.org' }), ...store({ clients: [] }) },
    in: manifests(...ledger(4143, 'enabled'), ...authorized),
    shows: 'data/open',
  },
  '.mesh.linkerd.clusterNetworks': {
    one: linkerd({ clusterNetworks: ['nonsense'] }),
    other: linkerd({ clusterNetworks: ['10.0.0.0/8'] }),
    in: manifests(web()),
    shows: 'mesh/annotation-fatal',
  },
  '.mesh.linkerd.opaquePorts': {
    one: linkerd({ opaquePorts: '25' }),
    other: linkerd({ opaquePorts: '5432' }),
    in: 'data/open, found',
    shows: 'data/opaque',
  },
  '.mesh.linkerd.skipInboundPorts': {
    one: linkerd({ skipInboundPorts: '5432' }),
    other: linkerd({ skipInboundPorts: '22' }),
    in: 'data/open, found',
    shows: 'data/unencrypted',
  },
  '.mesh.linkerd.skipOutboundPorts': {
    one: linkerd({ skipOutboundPorts: '443,5432,3306' }),
    other: linkerd({ skipOutboundPorts: '' }),
    in: 'mesh/bypass, found (2)',
    shows: 'mesh/bypass',
  },
  '.mesh.namespaces': {
    one: { mesh: { namespaces: { 'config.linkerd.io/default-inbound-policy': 'deny' } } },
    other: { mesh: { namespaces: {} } },
    in: uncovered,
    shows: 'mesh/namespace-annotation',
  },
  '.labels[].key': {
    one: { labels: [{ key: 'team', required: true }] },
    other: { labels: [{ key: 'owner', required: true }] },
    in: manifests(web({ labels: { owner: 'ada' } })),
    shows: 'label/required-missing',
  },
  ...sourceCases('.labels[].value', (value) => label({ value })),
  ...sourceCases('.labels[].value.firstOf[]', (source) => label({ value: { firstOf: [source] } })),
  '.labels[].required': {
    one: label({ required: true, pattern: '.+' }),
    other: label({ required: false, pattern: '.+' }),
    in: manifests(web()),
    shows: 'label/required-missing | deny',
  },
  '.labels[].allowed': {
    one: label({ allowed: ['a'] }),
    other: label({ allowed: ['b'] }),
    in: manifests(web({ labels: { team: 'a' } })),
    shows: 'label/value',
  },
  '.labels[].pattern': {
    one: label({ pattern: '(shop|pay)-[a-z]+' }),
    other: label({ pattern: '[0-9]+' }),
    in: manifests(web({ labels: { team: 'shop-web' } })),
    shows: 'label/value',
  },
  '.labels[].forbidden': {
    one: { labels: [{ key: 'team', forbidden: true }] },
    other: { labels: [{ key: 'team', forbidden: false, allowed: ['a'] }] },
    in: manifests(web({ labels: { team: 'a' } })),
    shows: 'label/forbidden | deny',
  },
  '.stores[].name': {
    one: store({ name: 'ledger' }),
    other: store({ name: 'books' }),
    in: 'data/open, found',
    shows: 'data/open | warn |  | StatefulSet "data/postgresql": ledger on port 5432',
  },
  ...selectorCases('.stores[].selector', (selector) => store({ selector }), {
    in: manifests(web({ labels: { team: 'a' }, annotations: { 'linkerd.io/inject': 'disabled' } })),
    shows: 'data/unencrypted | warn |  | Deployment "shop/web": ledger',
  }),
  '.stores[].protocol': {
    one: store({ protocol: 'postgresql' }),
    other: store({ protocol: 'mysql' }),
    in: 'data/open, found',
    shows: 'data/open | warn |  | StatefulSet "data/postgresql": ledger on port 5432',
  },
  '.stores[].ports': {
    one: store({ ports: [5432] }),
    other: store({ ports: [6000] }),
    in: 'data/open, found',
    shows: 'data/open | warn |  | StatefulSet "data/postgresql": ledger on port 5432',
  },
  '.stores[].clients[].namespace': {
    one: store({ clients: [{ namespace: 'shop' }] }),
    other: store({ clients: [{ namespace: 'other' }] }),
    in: manifests(...ledger(5432, 'disabled')),
    shows: 'data/open',
  },
  '.stores[].clients[].serviceAccount': {
    one: store({ clients: [{ namespace: 'shop', serviceAccount: 'checkout' }] }),
    other: store({ clients: [{ namespace: 'shop', serviceAccount: 'other' }] }),
    in: manifests(...ledger(5432, 'disabled')),
    shows: 'data/open',
  },
  ...Object.fromEntries(
    (
      [
        ['group', 'other.com'],
        ['kind', 'Team'],
        ['path', '/spec/crew/annotations'],
      ] as const
    ).map(([field, other]) => [
      `.workloads[].${field}`,
      {
        one: { workloads: [fleets] },
        other: { workloads: [{ ...fleets, [field]: other }] },
        in: manifests({
          apiVersion: 'example.com/v1',
          kind: 'Fleet',
          metadata: { name: 'ships', namespace: 'shop' },
          spec: { pods: { annotations: { 'linkerd.io/inject': 'disabled' } } },
        }),
        shows: 'mesh/opt-out',
      },
    ]),
  ),
  '.workloads[].sent': {
    one: { workloads: [fleets] },
    other: { workloads: [{ ...fleets, sent: true }] },
    in: manifests({ apiVersion: 'example.com/v1', kind: 'Fleet', metadata: { name: 'ships' } }),
    shows: 'admission is asked',
  },
  '.nameServer.namespace': {
    one: { nameServer: { namespace: 'dns' } },
    other: { nameServer: { namespace: 'kube-system' } },
    in: 'mesh/control-plane-blocked, not found',
    shows: 'mesh/control-plane-blocked',
  },
  '.nameServer.podLabels': {
    one: { nameServer: { podLabels: { app: 'names' } } },
    other: { nameServer: { podLabels: { 'k8s-app': 'kube-dns' } } },
    in: 'policy/dns-blocked, found',
    shows: 'policy/dns-blocked',
  },
  '.nameServer.port': {
    one: { nameServer: { port: 5353 } },
    other: { nameServer: { port: 53 } },
    in: 'mesh/control-plane-blocked, not found',
    shows: 'mesh/control-plane-blocked',
  },
  '.rules{}.action': {
    one: rule({ action: 'warn' }),
    other: rule({ action: 'deny' }),
    in: uncovered,
    shows: `${missing} | deny`,
  },
  '.rules{}.admission': {
    one: rule({ admission: 'warn' }),
    other: rule({ admission: 'deny' }),
    in: created(shop()),
    shows: 'denied',
  },
  '.rules{}.ci': { one: rule({ ci: 'off' }), other: rule({ ci: 'deny' }), in: uncovered, shows: missing },
  '.rules{}.audit': {
    one: rule({ audit: 'off' }),
    other: rule({ audit: 'warn' }),
    in: uncovered,
    shows: missing,
    point: 'audit',
  },
  '.rules{}.since': {
    one: rule({ action: 'deny', since: '2026-12-02' }),
    other: rule({ action: 'deny', since: '2026-12-01' }),
    in: uncovered,
    shows: `${missing} | warn | from 2026-12-02`,
  },
  '.waivers.maxDays': terms({ maxDays: 30 }),
  '.waivers.requiredFields': terms({ requiredFields: ['ticket'] }),
  '.waivers.wholeGroups': terms({ wholeGroups: true }, { rules: ['mesh/*'] }),
  '.waivers.never': terms({ never: ['mesh/opt-out'] }),
  '.waivers.mustName': terms({ mustName: ['kinds'] }),
  '.waivers.globs': terms({ globs: false }, { match: { names: ['w*'] } }),
  '.waivers.maxObjects': terms({ maxObjects: 1 }, { match: { namespaces: ['shop'], names: ['web', 'api'] } }),
  '.waivers.mustPin': terms({ mustPin: ['mesh/opt-out'] }),
  '.waivers.approvers': terms({ approvers: ['security'] }, { approvedBy: 'team-a' }),
  '.waivers.byAnnotation': {
    one: { waivers: { byAnnotation: true } },
    other: { waivers: { byAnnotation: false } },
    in: annotated,
    shows: waived,
  },
  '.calico.mode': {
    one: { calico: { mode: 'raw' } },
    other: { calico: { mode: 'v3crd' } },
    in: manifests(shop(), rawPolicy),
    shows: missing,
  },
  '.calico.version': {
    one: { calico: { version: '3.31' } },
    other: { calico: { version: '3.32' } },
    in: 'policy/tier-missing, found',
    shows: 'policy/tier-missing',
  },
};

const matched = (one: object, other: object): FieldCase => ({
  one: waiver({ match: one }),
  other: waiver({ match: other }),
  in: optedOut,
  shows: waived,
});
const said = (
  one: object,
  other: object,
  shows: string = waived,
  more: Partial<FieldCase> = {},
): FieldCase => ({
  one: waiver(one),
  other: waiver(other),
  in: optedOut,
  shows,
  ...more,
});

/** A field of a pin, where it is that of the finding and where it is another. */
function pinCases(): Readonly<Record<string, FieldCase>> {
  const skips = manifests(shop(), web({ annotations: { 'config.linkerd.io/skip-outbound-ports': '3306' } }));
  const privileged = manifests(
    shop(),
    web({
      pod: { containers: [{ name: 'web', image: 'web:1', securityContext: { privileged: true } }] },
    }),
  );
  const pinned = (rules: readonly string[], scenario: Scenario, one: object, other: object) => ({
    one: waiver({ rules, findings: [one] }),
    other: waiver({ rules, findings: [other] }),
    in: scenario,
    shows: `${rules[0] ?? ''} | waived`,
  });
  const open = (one: object, other: object): FieldCase => ({
    ...pinned([missing], uncovered, one, other),
    beside: [{ defaultDeny: { directions: ['Egress'], families: ['IPv6'] } }],
  });
  return {
    '.findings[].found': pinned(['mesh/bypass'], skips, { found: '3306' }, { found: '1-65535' }),
    '.findings[].port': pinned(['mesh/bypass'], skips, { port: 3306 }, { port: '25' }),
    '.findings[].container': pinned(
      ['mesh/bypass'],
      privileged,
      { container: 'web' },
      { container: 'other' },
    ),
    '.findings[].direction': open({ direction: 'Egress' }, { direction: 'Ingress' }),
    '.findings[].fingerprint': pinned(
      ['mesh/opt-out'],
      optedOut,
      { fingerprint: '44f957d2a417035a75805ab3efd8fd69' },
      { fingerprint: '0123456789abcdef0123456789abcdef' },
    ),
    '.findings[].family': open({ family: 'IPv6' }, { family: 'IPv4' }),
  };
}

/** By field of a waiver. */
export const waiverCases: Readonly<Record<string, FieldCase>> = {
  '.rules': said({ rules: ['mesh/opt-out'] }, { rules: ['mesh/inject-missing'] }),
  '.match.namespaces': matched({ namespaces: ['sh?p'] }, { namespaces: ['other'] }),
  '.match.kinds': matched({ kinds: ['Deployment'] }, { kinds: ['StatefulSet'] }),
  '.match.names': matched({ names: ['w*'] }, { names: ['other'] }),
  ...selectorCases(
    '.match.namespaceSelector',
    (namespaceSelector) => waiver({ match: { namespaceSelector } }),
    {
      in: optedOut,
      shows: waived,
    },
  ),
  ...pinCases(),
  '.owner': said({ owner: 'ada' }, { owner: 'bob' }, `${waived} ftp ada`),
  '.reason': said({ reason: 'because' }, { reason: 'why not' }, `${waived} ftp team-a because`),
  '.from': said({ from: '2026-12-01' }, { from: '2026-12-02' }),
  '.until': said({ until: '2026-12-01' }, { until: '2026-11-30' }),
  '.ticket': said({ ticket: 'OPS-1' }, {}, waived, { beside: [{ waivers: { requiredFields: ['ticket'] } }] }),
  '.approvedBy': said({ approvedBy: 'sec' }, {}, waived, {
    beside: [{ waivers: { requiredFields: ['approvedBy'] } }],
  }),
};
