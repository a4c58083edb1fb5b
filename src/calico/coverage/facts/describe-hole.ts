import { printNet } from '../../../kubernetes/net/net.ts';
import { type Direction, directions, type Policy, rulesOf } from '../../policy/policy.ts';
import { askedOfPods, isLimitedToPods } from '../../policy/conversion/label-selectors.ts';
import type { Peer, Port, Protocol, PolicyRule } from '../../policy/policy-rule.ts';
import type { Selector } from '../../selector/ast.ts';
import { findLabels, searchEffort } from '../../selector/satisfiability.ts';
import { resolveSelector } from '../../selector/resolve.ts';
import type { Hole } from '../coverage.ts';
import type { PolicyWorld } from '../../state/policy-world.ts';
import { isLoopback } from './loopback.ts';
import { holdsPrivateBlock, type NetworkSets, networkSetsOf } from './network-sets.ts';
import { wideShare } from './other-end.ts';
import { listInWords } from '../../../text/list.ts';

/** What a rule opens; undefined for a rule that neither allows nor passes on. */
export function holeOf(
  policy: Policy,
  rule: PolicyRule,
  direction: Direction,
  sets?: NetworkSets,
): Hole | undefined {
  if (rule.action !== 'Allow' && rule.action !== 'Pass') return undefined;
  if (isLoopback((direction === 'Ingress' ? rule.destination : rule.source).nets)) return undefined;
  let words: string | undefined;
  return {
    policy: policy.reference,
    tier: policy.tier,
    direction,
    rule: rule.index,
    // Most holes are never shown.
    get opens() {
      words ??= describeHole(policy, rule, direction);
      return words;
    },
    wide: isWide(rule, direction, sets),
  };
}

/** What an Allow or Pass rule opens, in words: who, and by which protocol and ports. */
function describeHole(policy: Policy, rule: PolicyRule, direction: Direction): string {
  const other = direction === 'Ingress' ? rule.source : rule.destination;
  const passed = rule.action === 'Pass' ? 'passed on: ' : '';
  return `${passed}${peerInWords(other, policy)}${portsInWords(rule)}`;
}

/**
 * Whether some rule of a policy opens much: whether it is worth while to look for its wide holes in namespaces.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param policy one of the world's, as `findPolicy` returns it
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { ingress: [{ action: 'Allow' }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const policy = findPolicy(world, { ...head, ...metadata });
 * hasWideRule(world, policy); // true
 */
export function hasWideRule(world: PolicyWorld, policy: Policy): boolean {
  const sets = networkSetsOf(world);
  return directions.some((direction) =>
    rulesOf(policy, direction).some(
      (rule) => (rule.action === 'Allow' || rule.action === 'Pass') && isWide(rule, direction, sets),
    ),
  );
}

/** Whether a rule opens all of a protocol to anywhere, to the whole cluster or to much of the address space. */
function isWide(rule: PolicyRule, direction: Direction, sets?: NetworkSets): boolean {
  const other = direction === 'Ingress' ? rule.source : rule.destination;
  if (namesFewPorts(rule.destination.ports) || namesFewPorts(rule.source.ports)) return false;
  if (rule.icmp || rule.protocol?.number === 1 || rule.protocol?.number === 58 || other.service) return false;
  if (other.nets.length > 0 && !isLarge(other)) return false;
  return !other.selector || isEverybody(other.selector) || findsMuch(other.selector, sets);
}

/** Whether no pod can fail a selector, whatever its labels and those of its namespace. */
function isEverybody(selector: Selector): boolean {
  const rest = resolveSelector(selector, anyPod);
  if (typeof rest === 'boolean') return rest;
  const failing: Selector = {
    kind: 'and',
    operands: [...sureKeys.map((key): Selector => ({ kind: 'has', key })), { kind: 'not', operand: rest }],
  };
  return findLabels(failing, true, searchEffort(10_000)) === 'none';
}

/**
 * What every namespace has. Source: Kubernetes pkg/apis/core/v1/defaults.go, SetDefaults_Namespace; Calico
 * libcalico-go/lib/backend/k8s/conversion/conversion.go, the labels of a namespace's profile.
 */
const sureKeys: readonly string[] = ['kubernetes.io/metadata.name', 'projectcalico.org/name'].map(
  (name) => `pcns.${name}`,
);

/** Whether a selector finds much of the address space by network sets, or all private addresses, pods among them. */
function findsMuch(selector: Selector, sets: NetworkSets | undefined): boolean {
  return ([4, 6] as const).some((family) => {
    const found = sets?.largeOf(selector, family);
    return found !== undefined && (found.share > wideShare || holdsPrivateBlock(found.nets));
  });
}

/** A pod of which only that it is one is known. */
const anyPod: ReadonlyMap<string, string> = new Map([
  ['projectcalico.org/namespace', ' any '],
  ['projectcalico.org/orchestrator', 'k8s'],
]);

function isLarge({ nets }: Peer): boolean {
  if (holdsPrivateBlock(nets)) return true;
  return ([4, 6] as const).some((family) => {
    const own = nets.filter((net) => net.family === family);
    return own.reduce((sum, net) => sum + 2 ** -net.length, 0) > wideShare;
  });
}

function namesFewPorts(ports: readonly Port[]): boolean {
  if (ports.length === 0) return false;
  return ports.reduce((sum, port) => sum + ('name' in port ? 1 : port.last - port.first + 1), 0) < 32_768;
}

function peerInWords(peer: Peer, { namespace }: Policy): string {
  const parts: string[] = [];
  if (peer.service) parts.push(`service ${peer.service.namespace}/${peer.service.name}`);
  else if (peer.selector) parts.push(endpointsInWords(peer, namespace));
  if (peer.nets.length > 0) parts.push(bounded(peer.nets.map(printNet)));
  if (parts.length === 0) parts.push('anywhere');
  const { notSelector } = peer.written;
  if (notSelector !== '') parts.push(`but not ${notSelector}`);
  if (peer.notNets.length > 0) parts.push(`but not ${bounded(peer.notNets.map(printNet))}`);
  return parts.join(' ');
}

function endpointsInWords({ written }: Peer, namespace: string | undefined): string {
  const accounts = written.serviceAccountNames.map((name) => `service account ${name}`);
  if (written.serviceAccountSelector !== '')
    accounts.push(`service accounts ${written.serviceAccountSelector}`);
  const selector = askedOfPods(written.selector);
  const isAll = selector === '' || selector.trim() === 'all()';
  const who = [...(isAll ? [] : [selector]), ...(accounts.length > 0 ? [accounts.join(' or ')] : [])];
  const all = isLimitedToPods(written.selector) ? 'all pods' : 'all pods and network sets';
  const named = who.length > 0 ? who.join(' as ') : all;
  if (written.namespaceSelector.trim() === 'all()') return `${named} in all namespaces`;
  if (written.namespaceSelector !== '') return `${named} in namespaces ${written.namespaceSelector}`;
  return namespace === undefined ? `${named} of the cluster` : `${named} in the namespace`;
}

function portsInWords({ protocol, notProtocol, icmp, source, destination }: PolicyRule): string {
  const words: string[] = [];
  const name = protocol ? protocolName(protocol) : '';
  if (destination.ports.length > 0) words.push(`on ${portList(destination.ports, name)}`);
  else if (name !== '') words.push(`by ${name}`);
  if (icmp)
    words.push(`of type ${icmp.type ?? 'any'}${icmp.code === undefined ? '' : `, code ${icmp.code}`}`);
  if (destination.notPorts.length > 0) words.push(`except on ${portList(destination.notPorts, '')}`);
  if (source.ports.length > 0) words.push(`from source port ${portList(source.ports, name)}`);
  if (source.notPorts.length > 0) words.push(`except from source port ${portList(source.notPorts, '')}`);
  if (notProtocol) words.push(`by any protocol but ${protocolName(notProtocol)}`);
  return words.map((word) => ` ${word}`).join('');
}

function protocolName({ written }: Protocol): string {
  return /^\d+$/.test(written) ? `protocol ${written}` : written;
}

function portList(ports: readonly Port[], protocol: string): string {
  const numbers = ports.map((port) => {
    if ('name' in port) return port.name;
    return port.first === port.last ? String(port.first) : `${port.first}-${port.last}`;
  });
  return bounded(numbers.map((number) => (protocol === '' ? number : `${number}/${protocol}`)));
}

function bounded(items: readonly string[]): string {
  return listInWords(items, { last: ',', most: 5 });
}
