import { readNet } from '../../../kubernetes/net/net.ts';
import { isRecord } from '../../../kubernetes/object.ts';
import { type Check, fieldAt, shown } from '../report.ts';
import { all, anything, fields, integer, list, oneOf, text } from '../schema.ts';
import { typedLabelSelector as selector } from './label-selector.ts';

const strict = { strict: true } as const;
const portNumber = integer(1, 65535);

/** A block as CEL's isCIDR takes it: Go's `netip.ParsePrefix`, and no IPv4 network written as IPv6. */
const network: Check = (value, pointer, report) => {
  const isNet = typeof value === 'string' && !(value.includes(':') && value.includes('.'));
  if (isNet && readNet(value, 'go')) return;
  const expected = 'a CIDR such as 10.0.0.0/8 or 2001:db8::/32';
  report({ pointer, code: 'net-invalid', message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

function pods(isNamespaceRequired: boolean): Check {
  const required = { podSelector: 'a label selector, {} for every pod' };
  return fields(
    'pods',
    { namespaceSelector: selector, podSelector: selector },
    {
      ...strict,
      required: isNamespaceRequired ? { namespaceSelector: 'a label selector', ...required } : required,
    },
  );
}

/** Where a range starts it does not end: the CRD wants `start < end`. */
const range: Check = all(
  fields(
    'a range of ports',
    { start: portNumber, end: portNumber, protocol: text() },
    { ...strict, required: { start: 'the first port', end: 'the last port' } },
  ),
  (value, pointer, report) => {
    if (!isRecord(value) || typeof value.start !== 'number' || typeof value.end !== 'number') return;
    if (value.start < value.end) return;
    const message = `the range starts at ${value.start} and ends at ${value.end}`;
    report({ pointer, code: 'port-range', message, expected: 'a start below the end; one port as a number' });
  },
);

const transport: Check = fields(
  'a protocol',
  {
    destinationPort: fields(
      'a port',
      { number: portNumber, range },
      { ...strict, count: { least: 1, most: 1, expected: 'either number or range' } },
    ),
  },
  { ...strict, count: { least: 1, most: 1, expected: 'a destinationPort' } },
);

const protocol: Check = fields(
  'an entry of protocols',
  { tcp: transport, udp: transport, sctp: transport, destinationNamedPort: text() },
  {
    ...strict,
    count: { least: 1, most: 1, expected: 'exactly one of tcp, udp, sctp and destinationNamedPort' },
  },
);

const adminPort: Check = fields(
  'an entry of ports',
  {
    portNumber: fields(
      'portNumber',
      { protocol: text(), port: portNumber },
      { ...strict, required: { port: 'a number from 1 to 65535' } },
    ),
    portRange: fields(
      'portRange',
      { protocol: text(), start: portNumber, end: portNumber },
      { ...strict, required: { start: 'the first port', end: 'the last port' } },
    ),
    namedPort: text(),
  },
  { ...strict, count: { least: 1, most: 1, expected: 'exactly one of portNumber, portRange and namedPort' } },
);

interface Version {
  readonly what: string;
  readonly actions: readonly string[];
  /** Most entries of rules and of the lists in them. */
  readonly most: number;
  /** Whether `pods` needs both of its selectors. */
  readonly bothSelectors: boolean;
  readonly networksOnce: boolean;
  /** The field with the ports, its entries and how many there are at least. */
  readonly portsField: 'protocols' | 'ports';
  readonly ports: Check;
  readonly fewestPorts: number;
  readonly spec: Readonly<Record<string, Check>>;
  readonly required: Readonly<Record<string, string>>;
}

function specOf(version: Version): Check {
  const { what, actions, most, bothSelectors, portsField, ports, fewestPorts } = version;
  const own = { namespaces: selector, pods: pods(bothSelectors) };
  const one = (names: string) => ({
    ...strict,
    count: { least: 1, most: 1, expected: `exactly one of ${names}` },
  });
  const outside = {
    networks: list(network, { minimum: 1, maximum: 25, unique: version.networksOnce }),
    nodes: selector,
    domainNames: list(text(), { minimum: 1, maximum: 25 }),
  };
  const rules = (field: 'from' | 'to', peer: Check): Check =>
    list(
      fields(
        `a rule of a ${what}`,
        {
          name: text(100),
          action: oneOf(...actions),
          [field]: list(peer, { minimum: 1, maximum: most }),
          [portsField]: list(ports, { minimum: fewestPorts, maximum: most }),
        },
        {
          ...strict,
          required: { action: actions.join(', '), [field]: 'at least one peer' },
          elsewhere: { ports: 'protocols', protocols: 'ports' },
        },
      ),
      { maximum: most },
    );
  return fields(
    `the spec of a ${what}`,
    {
      ...version.spec,
      subject: fields('the subject', own, one('namespaces and pods')),
      ingress: rules('from', fields('a peer', own, one('namespaces and pods'))),
      egress: rules(
        'to',
        fields('a peer', { ...own, ...outside }, one('namespaces, pods, networks and nodes')),
      ),
    },
    { ...strict, required: { ...version.required, subject: 'either namespaces or pods' } },
  );
}

/**
 * What the custom resources of network-policy-api take, with the fields of their experimental channel.
 * Source: network-policy-api config/crd/{standard,experimental}, ClusterNetworkPolicy of bundle v0.2.0 (v1alpha2), which
 * Calico installs as libcalico-go/config/crd/policy.networking.k8s.io_clusternetworkpolicies.yaml.
 */
export const clusterNetworkPolicySpec: Check = specOf({
  what: 'ClusterNetworkPolicy',
  actions: ['Accept', 'Deny', 'Pass'],
  most: 25,
  bothSelectors: false,
  networksOnce: true,
  portsField: 'protocols',
  ports: protocol,
  fewestPorts: 1,
  spec: { tier: oneOf('Admin', 'Baseline'), priority: integer(0, 1000) },
  required: { tier: 'Admin or Baseline', priority: 'a number from 0 to 1000' },
});

const v1alpha1 = {
  most: 100,
  bothSelectors: true,
  networksOnce: false,
  portsField: 'ports',
  ports: adminPort,
  fewestPorts: 0,
} as const;

/** Source: network-policy-api config/crd, AdminNetworkPolicy of bundle v0.1.1 (v1alpha1). */
export const adminNetworkPolicySpec: Check = specOf({
  ...v1alpha1,
  what: 'AdminNetworkPolicy',
  actions: ['Allow', 'Deny', 'Pass'],
  spec: { priority: integer(0, 1000) },
  required: { priority: 'a number from 0 to 1000' },
});

/** There is one of it, and nothing comes after it to pass to. */
export const baselineAdminNetworkPolicySpec: Check = specOf({
  ...v1alpha1,
  what: 'BaselineAdminNetworkPolicy',
  actions: ['Allow', 'Deny'],
  spec: {},
  required: {},
});

/** Source: network-policy-api config/crd, the CEL rule of BaselineAdminNetworkPolicy. */
export const onlyDefault: Check = (value, pointer, report) => {
  if (!isRecord(value) || !isRecord(value.metadata)) return anything(value, pointer, report);
  const { name } = value.metadata;
  if (typeof name !== 'string' || name === 'default') return undefined;
  const message = `the name is ${shown(name)}`;
  return report({ pointer: `${pointer}/metadata/name`, code: 'name-invalid', message, expected: 'default' });
};
