import { containsNet, printNet, readNet, type Net } from '../../../kubernetes/net/net.ts';
import { isRecord } from '../../../kubernetes/object.ts';
import { list as listOf } from '../../../kubernetes/read.ts';
import { portName } from '../ports.ts';
import { type Check, fieldAt, shown } from '../report.ts';
import { all, fields, integer, list, oneOf } from '../schema.ts';
import { labelSelector } from './label-selector.ts';

const protocol = oneOf('TCP', 'UDP', 'SCTP');

const portNumber = integer(1, 65535);

const portOrName: Check = (value, pointer, report) => {
  if (typeof value === 'string') {
    if (/^\d+$/.test(value)) {
      const message = `${fieldAt(pointer)} is ${shown(value)}, a name and not a number`;
      report({
        pointer,
        code: 'port-invalid',
        message,
        expected: `a number without quotes: ${Number(value)}`,
      });
    } else portName(value, pointer, (problem) => report({ ...problem, code: 'port-invalid' }));
  } else portNumber(value, pointer, report);
};

const port: Check = all(
  fields('a port', { protocol, port: portOrName, endPort: portNumber }, { strict: true }),
  (value, pointer, report) => {
    if (!isRecord(value) || value.endPort === undefined || value.endPort === null) return;
    const at = `${pointer}/endPort`;
    if (value.port === undefined || value.port === null) {
      report({
        pointer: at,
        code: 'port-range',
        message: 'endPort without port',
        expected: 'port: the first port',
      });
    } else if (typeof value.port === 'string') {
      const message = `endPort with the named port ${shown(value.port)}`;
      report({ pointer: at, code: 'port-range', message, expected: 'a port by number, or no endPort' });
    } else if (Number(value.endPort) < Number(value.port)) {
      const message = `endPort ${shown(value.endPort)} is below port ${shown(value.port)}`;
      report({ pointer: at, code: 'port-range', message, expected: 'an endPort not below port' });
    }
  },
);

/** The API server reads zeros before the bytes of an IPv4 network; Calico does not. Source: k8s.io/utils/net, ParseCIDRSloppy. */
function readSloppy(value: unknown): Net | undefined {
  if (typeof value !== 'string') return undefined;
  return readNet(value.includes(':') ? value : value.replaceAll(/(^|\.)0+(?=\d)/g, '$1'), 'go');
}

const cidr: Check = (value, pointer, report) => {
  if (readSloppy(value)) return;
  const address = typeof value === 'string' ? readNet(value, 'calico') : undefined;
  const expected = address ? `a CIDR: ${printNet(address)}` : 'a CIDR such as 10.0.0.0/8 or 2001:db8::/32';
  report({ pointer, code: 'net-invalid', message: `${fieldAt(pointer)} is ${shown(value)}`, expected });
};

const ipBlock: Check = all(
  fields('an ipBlock', { cidr, except: list(cidr) }, { strict: true, required: { cidr: 'a CIDR' } }),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    const outer = readSloppy(value.cidr);
    if (!outer) return;
    for (const [index, item] of listOf(value.except).entries()) {
      const inner = readSloppy(item);
      if (!inner || (containsNet(outer, inner) && inner.length > outer.length)) continue;
      const message = `except[${index}] is ${shown(item)}, which is no part of cidr ${shown(value.cidr)}`;
      const expected = `a network within ${printNet(outer)} and smaller than it`;
      report({ pointer: `${pointer}/except/${index}`, code: 'net-outside', message, expected });
    }
  },
);

const peer: Check = all(
  fields(
    'a peer',
    { podSelector: labelSelector, namespaceSelector: labelSelector, ipBlock },
    { strict: true },
  ),
  (value, pointer, report) => {
    if (!isRecord(value)) return;
    const has = (field: string) => value[field] !== undefined && value[field] !== null;
    const selects = has('podSelector') || has('namespaceSelector');
    if (!selects && !has('ipBlock')) {
      const expected = 'podSelector, namespaceSelector or ipBlock';
      report({ pointer, code: 'peer-empty', message: 'the peer names nobody', expected });
    } else if (selects && has('ipBlock')) {
      const message = 'the peer has an ipBlock and a selector';
      report({ pointer, code: 'peer-both', message, expected: 'a peer of its own for each of them' });
    }
  },
);

/**
 * The spec of a NetworkPolicy as the API server of Kubernetes takes it. What it takes stays valid: no types or an empty
 * list of them, an empty list of peers, no podSelector, rules of a direction that the types leave out.
 * Source: Kubernetes pkg/apis/networking/validation/validation.go, ValidateNetworkPolicySpec; strict decoding of
 * unknown fields in apiserver pkg/endpoints/handlers/create.go, which kubectl asks for by fieldValidation=Strict.
 */
export const kubernetesNetworkPolicySpec: Check = fields(
  'the spec of a NetworkPolicy',
  {
    podSelector: labelSelector,
    policyTypes: list(oneOf('Ingress', 'Egress'), { maximum: 2 }),
    ingress: list(
      fields(
        'an ingress rule',
        { from: list(peer), ports: list(port) },
        { strict: true, elsewhere: { to: 'from' } },
      ),
    ),
    egress: list(
      fields(
        'an egress rule',
        { to: list(peer), ports: list(port) },
        { strict: true, elsewhere: { from: 'to' } },
      ),
    ),
  },
  { strict: true, elsewhere: { types: 'policyTypes', selector: 'podSelector' } },
);
