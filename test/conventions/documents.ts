/** Who refuses a document: the loader, editors by the JSON Schema, and the API server by the resource definition. */
export type Judge = 'loader' | 'editor' | 'cluster';

export interface DocumentCase {
  readonly name: string;
  readonly document: object;
  readonly refusedBy: readonly Judge[];
}

const everyone = ['loader', 'editor', 'cluster'] as const;
/** What JSON Schema has no words for: comparisons of one field with another. */
const notTheEditor = ['loader', 'cluster'] as const;
/** What the API server reads otherwise, or could only say in CEL, which sees no map whose values have no type. */
const notTheCluster = ['loader', 'editor'] as const;
/** What needs to know every rule, or to understand selectors and patterns. */
const loaderAlone = ['loader'] as const;

/** Documents that the three judges of a document must agree on, as far as each can know. */
export const documentCases: readonly DocumentCase[] = [
  ...conventions([], {
    'a section without content': { mesh: {} },
    'another section without content': { defaultDeny: {} },
    'rules alone': { rules: { 'mesh/*': 'warn' } },
    'labels alone': { labels: [{ key: 'team', required: true }] },
    'every field of defaultDeny': {
      defaultDeny: {
        directions: ['Ingress'],
        families: ['IPv6', 'IPv4'],
        onMissing: 'hold',
        coverLabel: { key: 'tollgate.dev/default-deny', value: 'enforced' },
      },
    },
    'every field of mesh': {
      mesh: {
        inject: 'ingress',
        linkerd: {
          version: '2.20',
          namespace: 'linkerd',
          outboundTransportMode: 'transport-header',
          cni: true,
          nativeSidecar: false,
          webhookFailurePolicy: 'Fail',
          defaultInboundPolicy: 'cluster-authenticated',
          trustDomain: 'cluster.local',
          clusterNetworks: ['10.0.0.0/8'],
          opaquePorts: '25,3306,9000-9010',
          skipInboundPorts: '',
          skipOutboundPorts: '443',
          runAsRoot: true,
          tokenProjection: false,
          ports: { inbound: 14143, control: 14190, admin: 14191 },
          injectorNamespaceSelector: {
            matchExpressions: [{ key: 'linkerd.io/injection', operator: 'NotIn', values: ['off'] }],
          },
          injectorObjectSelector: { matchLabels: { mesh: 'yes' } },
        },
        namespaces: { 'linkerd.io/inject': 'enabled' },
      },
    },
    'the words that YAML takes for false': {
      mesh: { inject: false },
      rules: { 'mesh/*': false, 'gate/*': { ci: false } },
    },
    'every source of a label': {
      labels: [
        { key: 'a', value: { podLabel: 'app' } },
        { key: 'b', value: { namespaceLabel: 'team' } },
        { key: 'c', value: { workloadName: {} } },
        { key: 'd', value: { namespaceName: {} } },
        { key: 'e', value: { serviceAccount: {} } },
        { key: 'f', value: { literal: 'x' }, allowed: ['x', 'y'] },
        { key: 'g.example.com/h', value: { firstOf: [{ podLabel: 'app' }, { workloadName: {} }] } },
        { key: 'i', pattern: '[a-z]+', required: true },
        { key: 'j', pattern: '(shop|pay)-[a-z]+(-[0-9]{1,3})?' },
      ],
    },
    'every form of an action': {
      rules: {
        'mesh/*': 'deny',
        'gate/*': { action: 'deny', since: '2027-01-01' },
        'mesh/inject-missing': { admission: 'warn', ci: 'deny', audit: 'off' },
        'policy/*': { ci: 'deny', since: '2028-02-29' },
      },
    },
    'every term of waivers': {
      mesh: {},
      waivers: {
        maxDays: 90,
        requiredFields: ['from', 'ticket', 'approvedBy'],
        wholeGroups: true,
        byAnnotation: true,
        never: ['gate/*', 'mesh/inject-missing'],
        mustName: ['namespaces', 'kinds', 'names'],
        globs: false,
        maxObjects: 20,
        mustPin: ['gate/*', 'mesh/inject-missing'],
        approvers: ['security', 'Ada Lovelace'],
      },
    },
    'every field of a store': {
      stores: [
        {
          name: 'ledger',
          selector: { matchLabels: { app: 'ledger' } },
          protocol: 'postgresql',
          ports: [5433, 6432],
          clients: [{ namespace: 'shop', serviceAccount: 'checkout' }, { namespace: 'backup' }],
        },
        { name: 'queue', selector: {}, ports: [7000], clients: [] },
        {
          name: 'events',
          selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
          protocol: 'kafka',
        },
      ],
    },
    'a name server of its own': {
      mesh: {},
      nameServer: {
        namespace: 'openshift-dns',
        podLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
        port: 5353,
      },
    },
    'the two fields of calico': { mesh: {}, calico: { mode: 'apiserver', version: '3.31' } },
    'a selector with everything': {
      priority: -5,
      namespaces: {
        selector: {
          matchLabels: { team: 'a', 'example.com/tier': '' },
          matchExpressions: [
            { key: 'b', operator: 'In', values: ['x', 'y'] },
            { key: 'c', operator: 'NotIn', values: ['x'] },
            { key: 'd', operator: 'Exists' },
            { key: 'e', operator: 'DoesNotExist' },
          ],
        },
        exclude: ['kube-*', 'lab-?', 'one'],
      },
      mesh: {},
    },
    'no exclusions': { namespaces: { exclude: [] }, mesh: {} },
  }),
  ...conventions(everyone, {
    'nothing asked for': {},
    'nothing but a priority': { priority: 3 },
    'an empty list of labels and nothing else': { labels: [] },
    'an unknown section': { mesh: {}, defaltDeny: {} },
    'an unknown field': { mesh: { injct: 'enabled' } },
    'an unknown field of a point': { rules: { 'mesh/*': { ci: 'warn', admision: 'deny' } } },
    'a section that is a list': { mesh: [] },
    'a section that is a word': { mesh: 'enabled' },
    'a priority in quotes': { mesh: {}, priority: '1' },
    'a priority with a fraction': { mesh: {}, priority: 1.5 },
    'a priority beyond the limit': { mesh: {}, priority: 1_000_001 },
    'a selector that is a list': { namespaces: { selector: [] }, mesh: {} },
    'a label value that is a number': { namespaces: { selector: { matchLabels: { a: 1 } } }, mesh: {} },
    'a label value with a blank': { namespaces: { selector: { matchLabels: { a: 'b c' } } }, mesh: {} },
    'a label key with a blank': { namespaces: { selector: { matchLabels: { 'a b': 'c' } } }, mesh: {} },
    'an unknown operator': {
      namespaces: { selector: { matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }] } },
      mesh: {},
    },
    'a requirement without a key': {
      namespaces: { selector: { matchExpressions: [{ operator: 'Exists' }] } },
      mesh: {},
    },
    'an exclusion with a blank': { namespaces: { exclude: ['a b'] }, mesh: {} },
    'an exclusion that is empty': { namespaces: { exclude: [''] }, mesh: {} },
    'an unknown direction': { defaultDeny: { directions: ['ingress'] } },
    'no direction': { defaultDeny: { directions: [] } },
    'a direction twice': { defaultDeny: { directions: ['Ingress', 'Ingress'] } },
    'a family twice': { defaultDeny: { families: ['IPv4', 'IPv4'] } },
    'an unknown onMissing': { defaultDeny: { onMissing: 'deny' } },
    'a cover label without a value': { defaultDeny: { coverLabel: { key: 'a' } } },
    'a cover label with a long value': { defaultDeny: { coverLabel: { key: 'a', value: 'x'.repeat(64) } } },
    'an unknown injection': { mesh: { inject: 'enable' } },
    'an injection that is true': { mesh: { inject: true } },
    'a version that is a number': { mesh: { linkerd: { version: 2.2 } } },
    'a version with too many numbers': { mesh: { linkerd: { version: '2.20.1.1' } } },
    'an edge release without its last number': { mesh: { linkerd: { version: 'edge-26.8' } } },
    'a flag in quotes': { mesh: { linkerd: { cni: 'true' } } },
    'a port that is a number': { mesh: { linkerd: { opaquePorts: 25 } } },
    'a port that is a word': { mesh: { linkerd: { opaquePorts: '25,smtp' } } },
    'an annotation that is a number': { mesh: { namespaces: { a: 1 } } },
    'a label without a key': { labels: [{ required: true }] },
    'a label with two sources': { labels: [{ key: 'a', value: { podLabel: 'app', literal: 'x' } }] },
    'a label with no source': { labels: [{ key: 'a', value: {} }] },
    'a source with content': { labels: [{ key: 'a', value: { workloadName: { of: 'x' } } }] },
    'sources within sources': {
      labels: [{ key: 'a', value: { firstOf: [{ firstOf: [{ podLabel: 'b' }] }] } }],
    },
    'no first source': { labels: [{ key: 'a', value: { firstOf: [] } }] },
    'no allowed value': { labels: [{ key: 'a', required: true, allowed: [] }] },
    'a pattern that is empty': { labels: [{ key: 'a', required: true, pattern: '' }] },
    'an unknown action': { rules: { 'mesh/*': 'denny' } },
    'an action that is true': { rules: { 'mesh/*': true } },
    'an action that is a number': { rules: { 'mesh/*': 0 } },
    'an action that is a list': { rules: { 'mesh/*': ['deny'] } },
    'an action that is an empty list': { rules: { 'mesh/*': [] } },
    'an action that is empty': { rules: { 'mesh/*': '' } },
    'an action without a point': { rules: { 'mesh/*': {} } },
    'an unknown action at a point': { rules: { 'mesh/*': { ci: 'error' } } },
    'a day that does not exist': { rules: { 'mesh/*': { action: 'deny', since: '2027-02-30' } } },
    'a day with a time': { rules: { 'mesh/*': { action: 'deny', since: '2027-02-01T00:00:00Z' } } },
    'a day from which nothing denies': { rules: { 'mesh/*': { action: 'warn', since: '2027-01-01' } } },
    'a day alone': { rules: { 'mesh/*': { since: '2027-01-01' } } },
    'no object at all allowed': { mesh: {}, waivers: { maxObjects: 0 } },
    'an unknown field to name': { mesh: {}, waivers: { mustName: ['labels'] } },
    'a pin asked for waivers': { mesh: {}, waivers: { mustPin: ['waiver/*'] } },
    'no approver': { mesh: {}, waivers: { approvers: [] } },
    'waivers without end': { mesh: {}, waivers: { maxDays: 0 } },
    'an unknown field required of waivers': { mesh: {}, waivers: { requiredFields: ['tickets'] } },
    'a store without a name': { stores: [{ selector: {}, ports: [1] }] },
    'a store without a selector': { stores: [{ name: 'a', ports: [1] }] },
    'a store without protocol and ports': { stores: [{ name: 'a', selector: {} }] },
    'a store of no known protocol': { stores: [{ name: 'a', selector: {}, protocol: 'oracle' }] },
    'a store on a port that is none': { stores: [{ name: 'a', selector: {}, ports: [0] }] },
    'a store on a port by name': { stores: [{ name: 'a', selector: {}, ports: ['pg'] }] },
    'a store on a port twice': { stores: [{ name: 'a', selector: {}, ports: [1, 1] }] },
    'a store on no port': { stores: [{ name: 'a', selector: {}, ports: [] }] },
    'a client as a word': { stores: [{ name: 'a', selector: {}, ports: [1], clients: ['shop/web'] }] },
    'a client without its namespace': {
      stores: [{ name: 'a', selector: {}, ports: [1], clients: [{ serviceAccount: 'web' }] }],
    },
    'no store': { stores: [] },
    'a name server on no port': { mesh: {}, nameServer: { port: 0 } },
    'a port of the proxy that is none': { mesh: { linkerd: { ports: { inbound: 65_536 } } } },
    'an unknown port of the proxy': { mesh: { linkerd: { ports: { ingress: 4143 } } } },
    'a selector of the injector that is text': {
      mesh: { linkerd: { injectorObjectSelector: 'mesh=yes' } },
    },
    'an unknown mode of Calico': { mesh: {}, calico: { mode: 'etcd' } },
  }),
  ...conventions(notTheEditor, {
    'In without values': {
      namespaces: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      mesh: {},
    },
    'Exists with values': {
      namespaces: { selector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
      mesh: {},
    },
    'In without values, for a store': {
      stores: [{ name: 'a', selector: { matchExpressions: [{ key: 'a', operator: 'In' }] }, ports: [1] }],
    },
    'Exists with values, for the injector': {
      mesh: {
        linkerd: {
          injectorNamespaceSelector: {
            matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }],
          },
        },
      },
    },
    'a store twice': {
      stores: [
        { name: 'a', selector: {}, ports: [1] },
        { name: 'a', selector: {}, ports: [2] },
      ],
    },
    'a label without effect': { labels: [{ key: 'a' }] },
    'a label twice': {
      labels: [
        { key: 'a', required: true },
        { key: 'a', required: true },
      ],
    },
    'a literal that is not allowed': { labels: [{ key: 'a', value: { literal: 'x' }, allowed: ['y'] }] },
  }),
  ...conventions(notTheCluster, {
    // The API server takes a null for a field that was left out, and stores it so.
    'a section that is nothing': { mesh: {}, defaultDeny: null },
    'a group without its star': { rules: { mesh: 'warn' } },
    'a rule in capitals': { rules: { 'Mesh/Inject': 'warn' } },
  }),
  ...conventions(loaderAlone, {
    'a rule that does not exist': { rules: { 'mesh/inject-mising': 'warn' } },
    'a selector that nothing can meet': {
      namespaces: {
        selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
      },
      mesh: {},
    },
    'every namespace excluded': { namespaces: { exclude: ['*'] }, mesh: {} },
    'a pattern that looks ahead': { labels: [{ key: 'a', required: true, pattern: '(?=a)b' }] },
    'a pattern that is none': { labels: [{ key: 'a', required: true, pattern: '[' }] },
  }),
  ...waivers([], {
    'the fields that are required': {},
    'every field': {
      from: '2026-01-01',
      ticket: 'OPS-114',
      approvedBy: 'security',
      match: {
        namespaces: ['ftp*'],
        namespaceSelector: { matchLabels: { team: 'a' } },
        kinds: ['Deployment', 'NetworkPolicy.projectcalico.org'],
        names: ['vsftpd?'],
      },
    },
    'a whole group': { rules: ['mesh/*'] },
    'every pin': {
      findings: [
        { found: '3306' },
        { direction: 'Egress', family: 'IPv6' },
        { port: 3306 },
        { port: '25,9000-9010', container: 'web' },
        { fingerprint: '0123456789abcdef0123456789abcdef' },
      ],
    },
    'one day': { from: '2027-03-31' },
  }),
  ...waivers(everyone, {
    'no owner': { owner: undefined },
    'no reason': { reason: undefined },
    'no end': { until: undefined },
    'no match': { match: undefined },
    'no rules': { rules: undefined },
    'an empty list of rules': { rules: [] },
    'an empty match': { match: {} },
    'an empty owner': { owner: '' },
    'a reason of blanks': { reason: '  ' },
    'an end that does not exist': { until: '2027-02-29' },
    'an end in another notation': { until: '31.03.2027' },
    'an empty list of namespaces': { match: { namespaces: [] } },
    'a name instead of a list': { match: { names: 'vsftpd' } },
    'a kind in small letters': { match: { kinds: ['deployment'] } },
    'a waiver of waivers': { rules: ['waiver/expired'] },
    'a rule without a group': { rules: ['inject-missing'] },
    'an unknown field': { expires: '2027-03-31' },
    'an empty list of findings': { findings: [] },
    'a finding that says nothing': { findings: [{}] },
    'a direction in small letters': { findings: [{ direction: 'egress' }] },
    'a fingerprint that is none': { findings: [{ fingerprint: '3306' }] },
  }),
  // What the API server keeps of a narrowing that it does not know, the loader refuses.
  ...waivers(['loader', 'editor'], {
    'a pin that this version does not know': { findings: [{ peer: 'db' }] },
    'a port that is none': { findings: [{ port: 'mysql' }] },
  }),
  ...waivers(notTheEditor, {
    'an end before the beginning': { from: '2027-04-01' },
  }),
  ...waivers(loaderAlone, {
    'a rule that does not exist': { rules: ['mesh/inject-mising'] },
    'a kind that is misspelt': { match: { kinds: ['Deploymnet'] } },
  }),
];

function conventions(refusedBy: readonly Judge[], specs: Readonly<Record<string, object>>): DocumentCase[] {
  return Object.entries(specs).map(([name, spec]) => {
    const document = documentOf('ConventionPolicy', spec);
    return { name: `ConventionPolicy: ${name}`, document, refusedBy };
  });
}

function waivers(refusedBy: readonly Judge[], changes: Readonly<Record<string, object>>): DocumentCase[] {
  const good = {
    rules: ['mesh/inject-missing'],
    match: { namespaces: ['ftp'] },
    owner: 'team-files',
    reason: 'raw FTP data channel',
    until: '2027-03-31',
  };
  return Object.entries(changes).map(([name, change]) => {
    const spec = JSON.parse(JSON.stringify({ ...good, ...change })) as object;
    return { name: `Waiver: ${name}`, document: documentOf('Waiver', spec), refusedBy };
  });
}

function documentOf(kind: string, spec: object): object {
  return { apiVersion: 'tollgate.dev/v1alpha1', kind, metadata: { name: 'case' }, spec };
}
