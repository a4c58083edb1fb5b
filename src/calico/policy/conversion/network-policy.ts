import { isRecord, type KubernetesObject } from '../../../kubernetes/object.ts';
import { printNet, readNet } from '../../../kubernetes/net/net.ts';
import { type Conversion, conversionTo, type DirectionRules, gatherRules } from './conversion.ts';
import { type ConvertedPeer, writeRules } from './converted-rule.ts';
import { gatherPorts, type PortEntry, protocolNamed, readDestinationPort } from './destination-ports.ts';
import { convertNamespaceSelector, convertPodSelector } from './label-selectors.ts';
import { list, optionalScalar, record } from '../../../kubernetes/read.ts';
import { type RuleField } from '../../../kubernetes/direction.ts';

/**
 * A Kubernetes NetworkPolicy as Calico's own, in the default tier at order 1000. A rule with a port that cannot be
 * read is dropped, which allows less; a network that cannot be read is left out, which allows more.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, K8sNetworkPolicyToCalico.
 */
export function convertNetworkPolicy({ metadata, spec: written }: KubernetesObject): Conversion {
  const spec = record(written);
  const ingress = convertRules(spec.ingress, 'ingress', 'from');
  const egress = convertRules(spec.egress, 'egress', 'to');
  const { name, namespace } = metadata;
  return conversionTo(
    'NetworkPolicy',
    { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) },
    {
      tier: 'default',
      order: 1000,
      selector: convertPodSelector(spec.podSelector),
      types: typesOf(spec.policyTypes),
    },
    { ingress, egress },
  );
}

/** Without types a policy is about ingress: the API server fills them in, so only very old objects lack them. */
function typesOf(policyTypes: unknown): readonly string[] {
  const written = list(policyTypes);
  const types = ['Ingress', 'Egress'].filter((type) => written.includes(type));
  return types.length > 0 ? types : ['Ingress'];
}

function convertRules(written: unknown, direction: RuleField, peersField: 'from' | 'to'): DirectionRules {
  const converted = list(written).map((rule) => {
    const { ports, [peersField]: peers } = record(rule);
    const entries = list(ports).map(readEntry);
    if (!entries.every((entry) => entry !== undefined)) return undefined;
    const read = list(peers).map(convertPeer);
    return writeRules({
      direction,
      action: 'Allow',
      peers: read.length > 0 ? read : [{}],
      ports: gatherPorts(entries),
    });
  });
  const gathered = gatherRules(converted.map((rules) => rules ?? []));
  return { ...gathered, hasError: converted.includes(undefined) };
}

/** An entry without a protocol is TCP, one without a port is every port. */
function readEntry(entry: unknown): PortEntry | undefined {
  const { protocol, port, endPort } = record(entry);
  const name = protocolNamed(typeof protocol === 'string' && protocol !== '' ? protocol : 'TCP');
  if (port === undefined || port === null) return { protocol: name, port: 'all' };
  const hasEnd = endPort !== undefined && endPort !== null;
  const read = readDestinationPort(
    hasEnd ? `${optionalScalar(port) ?? ''}:${optionalScalar(endPort) ?? ''}` : (optionalScalar(port) ?? ''),
  );
  return read && { protocol: name, port: read };
}

function convertPeer(written: unknown): ConvertedPeer {
  const peer = record(written);
  if (isRecord(peer.ipBlock)) return convertBlock(peer.ipBlock);
  return {
    selector: convertPodSelector(peer.podSelector),
    namespaceSelector: convertNamespaceSelector(peer.namespaceSelector),
  };
}

/** What follows the first network that cannot be read is left out. */
function convertBlock({ cidr, except }: Readonly<Record<string, unknown>>): ConvertedPeer {
  const net = readNet(optionalScalar(cidr) ?? '', 'go');
  if (!net) return {};
  const exceptions = list(except).map((item) => readNet(optionalScalar(item) ?? '', 'go'));
  const end = exceptions.indexOf(undefined);
  const readable = end < 0 ? exceptions : exceptions.slice(0, end);
  const notNets = readable.flatMap((item) => (item ? [printNet(item)] : []));
  return { nets: [printNet(net)], ...(notNets.length > 0 ? { notNets } : {}) };
}
