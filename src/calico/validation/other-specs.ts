import { isRecord } from '../../kubernetes/object.ts';
import { convertKubernetesPolicy } from '../conversion/convert.ts';
import { labels, objectName } from './names.ts';
import { address, netOrAddress } from './nets.ts';
import { stagedDelete } from './policy-spec.ts';
import { portName } from './ports.ts';
import { hasPorts, protocol } from './protocols.ts';
import { rule } from './rule.ts';
import { type Check, fieldAt, shown } from './report.ts';
import { all, anything, decimal, fields, integer, list, oneOf } from './schema.ts';

/** Source of all: Calico api/pkg/apis/projectcalico/v3 and libcalico-go/lib/validator/v3/validator.go. */
export const tierSpec: Check = fields('the spec of a Tier', {
  order: decimal,
  defaultAction: oneOf('Deny', 'Pass'),
});

/** Calico's own tiers are what they are. */
export const builtInTier: Check = (value, pointer, report) => {
  if (!isRecord(value) || !isRecord(value.metadata) || typeof value.metadata.name !== 'string') return;
  const { name } = value.metadata;
  const builtIn = builtInTiers.get(name);
  if (!builtIn) return;
  const spec = isRecord(value.spec) ? value.spec : {};
  for (const field of ['order', 'defaultAction'] as const) {
    if (spec[field] === builtIn[field]) continue;
    const found =
      spec[field] === undefined || spec[field] === null ? `no ${field}` : `${field} ${shown(spec[field])}`;
    const message = `the tier ${name} has ${found}`;
    report({
      pointer: `${pointer}/spec/${field}`,
      code: 'tier-built-in',
      message,
      expected: `${field}: ${builtIn[field]}`,
    });
  }
};

const builtInTiers: ReadonlyMap<string, { readonly order: number; readonly defaultAction: string }> = new Map(
  [
    ['default', { order: 1_000_000, defaultAction: 'Deny' }],
    ['kube-admin', { order: 1_000, defaultAction: 'Pass' }],
    ['kube-baseline', { order: 10_000_000, defaultAction: 'Pass' }],
  ],
);

export const networkSetSpec: Check = fields('the spec of a network set', {
  nets: list(netOrAddress, { unique: true }),
});

/** Calico puts the namespace's label on a set itself. */
export const networkSetLabels: Check = (value, pointer, report) => {
  if (!isRecord(value) || !isRecord(value.metadata) || !isRecord(value.metadata.labels)) return;
  const key = 'projectcalico.org/namespace';
  if (!Object.hasOwn(value.metadata.labels, key)) return;
  const at = `${pointer}/metadata/labels/projectcalico.org~1namespace`;
  const message = `the label ${key} is ${shown(value.metadata.labels[key])}: Calico sets it itself`;
  report({ pointer: at, code: 'label-reserved', message, expected: 'another label' });
};

const interfaceName: Check = (value, pointer, report) => {
  if (typeof value === 'string' && (value === '' || value === '*' || /^[a-zA-Z0-9_.-]{1,15}$/.test(value)))
    return;
  const expected = '"*", or up to 15 letters, digits, "_", "." and "-"';
  report({ pointer, code: 'interface-invalid', message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

const endpointPort: Check = all(
  fields(
    'a port',
    { name: portName, protocol, port: integer(1, 65535) },
    {
      required: {
        name: 'a name for rules to use',
        protocol: 'TCP, UDP or SCTP',
        port: 'a number from 1 to 65535',
      },
    },
  ),
  (value, pointer, report) => {
    if (
      !isRecord(value) ||
      value.protocol === undefined ||
      value.protocol === null ||
      hasPorts(value.protocol)
    )
      return;
    const message = `${fieldAt(pointer)} has protocol ${shown(value.protocol)}, which has no ports`;
    report({
      pointer: `${pointer}/protocol`,
      code: 'port-without-protocol',
      message,
      expected: 'TCP, UDP or SCTP',
    });
  },
);

export const hostEndpointSpec: Check = all(
  fields('the spec of a HostEndpoint', {
    node: objectName,
    interfaceName,
    expectedIPs: list(address, { unique: true }),
    profiles: list(objectName, { unique: true }),
    ports: list(endpointPort),
  }),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    if (typeof value.node !== 'string' || value.node === '') {
      report({
        pointer,
        code: 'missing-field',
        message: 'the spec of a HostEndpoint has no node',
        expected: 'node: the name of the node',
      });
    }
    const hasInterface = typeof value.interfaceName === 'string' && value.interfaceName !== '';
    if (hasInterface || (Array.isArray(value.expectedIPs) && value.expectedIPs.length > 0)) return;
    const message = 'the spec of a HostEndpoint has neither interfaceName nor expectedIPs';
    report({
      pointer,
      code: 'missing-field',
      message,
      expected: 'interfaceName: "*", or the IPs of an interface',
    });
  },
);

/** A profile's rules have no direction of their own: what only one direction may have is not asked here. */
export const profileSpec: Check = fields('the spec of a Profile', {
  ingress: list(rule, { maximum: 1024 }),
  egress: list(rule, { maximum: 1024 }),
  labelsToApply: labels,
});

/** A Kubernetes policy that is staged must convert without loss. */
export const stagedKubernetesPolicySpec: Check = all(
  fields('the spec of a StagedKubernetesNetworkPolicy', {
    podSelector: anything,
    policyTypes: list(oneOf('Ingress', 'Egress'), { unique: true, maximum: 2 }),
    ingress: list(fields('a rule', { from: anything, ports: anything })),
    egress: list(fields('a rule', { to: anything, ports: anything })),
    stagedAction: (value, pointer, report) => {
      if (value !== '') oneOf('Set', 'Delete', 'Learn', 'Ignore')(value, pointer, report);
    },
  }),
  (value, pointer, report) => {
    if (!isRecord(value) || value.stagedAction === 'Delete') return;
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'staged' },
      spec: value,
    };
    if (!convertKubernetesPolicy(policy).conversionError) return;
    const message = 'a rule of the policy cannot be converted, so Calico would drop it';
    report({ pointer, code: 'conversion', message, expected: 'a valid Kubernetes NetworkPolicy' });
  },
  stagedDelete([]),
);
