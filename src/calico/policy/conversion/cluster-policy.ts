import { isRecord, type KubernetesObject } from '../../../kubernetes/object.ts';
import { printNet, readNet } from '../../../kubernetes/net/net.ts';
import { type Conversion, conversionTo, type DirectionRules, gatherRules, noPolicy } from './conversion.ts';
import { type ConvertedPeer, type ConvertedRule, writeRules } from './converted-rule.ts';
import { gatherPorts, type PortEntry } from './destination-ports.ts';
import { convertNamespaceSelector, convertPodSelector } from './label-selectors.ts';
import { list, record, text } from '../../../kubernetes/read.ts';
import { type RuleField } from '../../../kubernetes/direction.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What differs between the APIs of cluster-wide Kubernetes policies. */
export interface ClusterPolicyApi {
  /** The tier of Calico that a policy belongs to; undefined where it belongs to none. */
  readonly tier: (spec: Fields) => string | undefined;
  readonly order: (spec: Fields) => number;
  /** Calico's actions by what this API calls them. */
  readonly actions: ReadonlyMap<unknown, string>;
  /** The field of a rule with its ports, and how to read an entry: undefined where that cannot be done. */
  readonly portsField: string;
  readonly readEntry: (entry: unknown) => PortEntry | undefined;
}

/**
 * A cluster-wide Kubernetes policy as a GlobalNetworkPolicy; null where it says no tier or no subject. Its types are
 * the directions it has rules for. A rule that cannot be converted is dropped if it accepts, else it denies all.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/clusternetworkpolicy.go.
 */
export function convertClusterPolicy(
  { metadata, spec: written }: KubernetesObject,
  api: ClusterPolicyApi,
): Conversion {
  const spec = record(written);
  const tier = api.tier(spec);
  const subject = convertSubject(spec.subject);
  if (tier === undefined || !subject) return noPolicy;
  const ingress = convertRules(spec.ingress, 'ingress', api);
  const egress = convertRules(spec.egress, 'egress', api);
  const types = [
    ...(ingress.rules.length > 0 ? ['Ingress'] : []),
    ...(egress.rules.length > 0 ? ['Egress'] : []),
  ];
  return conversionTo(
    'GlobalNetworkPolicy',
    metadata.name === undefined ? {} : { name: metadata.name },
    { tier, order: api.order(spec), ...subject, ...(types.length > 0 ? { types } : {}) },
    { ingress, egress },
  );
}

/** Host endpoints have no orchestrator, so they are never subjects. */
function convertSubject(subject: unknown): ConvertedPeer | undefined {
  if (!isRecord(subject)) return undefined;
  if (isRecord(subject.namespaces)) {
    return {
      selector: convertPodSelector(undefined),
      namespaceSelector: convertNamespaceSelector(subject.namespaces),
    };
  }
  return isRecord(subject.pods) ? convertPods(subject.pods) : undefined;
}

function convertPods({ namespaceSelector, podSelector }: Fields): ConvertedPeer {
  return {
    selector: convertPodSelector(podSelector),
    namespaceSelector: convertNamespaceSelector(record(namespaceSelector)),
  };
}

function convertRules(written: unknown, direction: RuleField, api: ClusterPolicyApi): DirectionRules {
  let hasError = false;
  const rules = list(written).map((item) => {
    const rule = record(item);
    const converted = convertRule(rule, direction, api);
    if (converted) return converted;
    hasError = true;
    return rule.action === 'Deny' || rule.action === 'Pass' ? [{ action: 'Deny' }] : [];
  });
  return { ...gatherRules(rules), hasError };
}

function convertRule(rule: Fields, direction: RuleField, api: ClusterPolicyApi): ConvertedRule[] | undefined {
  const action = api.actions.get(rule.action);
  const entries = list(rule[api.portsField]).map(api.readEntry);
  const peers = list(direction === 'ingress' ? rule.from : rule.to).map((peer) =>
    convertPeer(peer, direction),
  );
  if (action === undefined || !entries.every((entry) => entry !== undefined)) return undefined;
  if (!peers.every((peer) => peer !== undefined)) return undefined;
  const name = typeof rule.name === 'string' ? { name: rule.name } : {};
  return writeRules({ direction, action, peers, ports: gatherPorts(entries), ...name });
}

/** Undefined for a peer that says nothing Calico can match: nodes and domain names are among that. */
function convertPeer(written: unknown, direction: RuleField): ConvertedPeer | undefined {
  const peer = record(written);
  const namespaces = isRecord(peer.namespaces)
    ? { namespaceSelector: convertNamespaceSelector(peer.namespaces) }
    : undefined;
  const pods = isRecord(peer.pods) ? convertPods(peer.pods) : undefined;
  const networks = direction === 'egress' ? list(peer.networks) : [];
  const nets = networks.map((item) => readNet(text(item), 'go'));
  if (!nets.every((net) => net !== undefined)) return undefined;
  if (!namespaces && !pods && nets.length === 0) return undefined;
  return { ...namespaces, ...pods, ...(nets.length > 0 ? { nets: nets.map(printNet) } : {}) };
}
