import { isRecord } from '../../kubernetes/object.ts';
import { type Net, readNet } from '../../kubernetes/net/net.ts';
import { composePeer, parseComposed } from './compose-selector.ts';
import { readIcmp, readPort, readProtocol } from './match-fields.ts';
import type { Peer, PeerAsWritten, Port, PolicyRule, RuleAction } from './policy-rule.ts';
import { list, text, record, texts } from '../../kubernetes/read.ts';

const actions: readonly RuleAction[] = ['Allow', 'Deny', 'Log', 'Pass'];

/**
 * Reads the rules of a Calico v3 policy as Calico's data planes match them; undefined where one of them makes Calico
 * drop the whole policy: an unknown action, or a selector that does not parse once it is composed. `origins` are the
 * indexes of the rules in the object they were converted from.
 * Source: Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go; felix/calc/validation_filter.go.
 */
export function readRules(
  value: unknown,
  namespace: string,
  origins?: readonly number[],
): readonly PolicyRule[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const rules: PolicyRule[] = [];
  for (const [index, item] of value.entries()) {
    const rule = readRule(item, origins?.[index] ?? index, namespace);
    if (!rule) return undefined;
    rules.push(rule);
  }
  return rules;
}

function readRule(value: unknown, index: number, namespace: string): PolicyRule | undefined {
  if (!isRecord(value)) return undefined;
  const action = actions.find((candidate) => candidate === value.action);
  const source = readPeer(value.source, namespace);
  const destination = readPeer(value.destination, namespace);
  if (!action || !source || !destination) return undefined;
  const protocol = readProtocol(value.protocol);
  const notProtocol = readProtocol(value.notProtocol);
  const icmp = readIcmp(value.icmp);
  const notIcmp = readIcmp(value.notICMP);
  return {
    action,
    index,
    ...(value.ipVersion === 4 || value.ipVersion === 6 ? { ipVersion: value.ipVersion } : {}),
    ...(protocol ? { protocol } : {}),
    ...(notProtocol ? { notProtocol } : {}),
    ...(icmp ? { icmp } : {}),
    ...(notIcmp ? { notIcmp } : {}),
    http: isRecord(value.http),
    source,
    destination,
  };
}

const anyone: Peer = {
  nets: [],
  notNets: [],
  ports: [],
  notPorts: [],
  written: {
    selector: '',
    notSelector: '',
    namespaceSelector: '',
    serviceAccountNames: [],
    serviceAccountSelector: '',
  },
};

function readPeer(value: unknown, namespace: string): Peer | undefined {
  if (value === undefined || value === null) return anyone;
  if (!isRecord(value)) return undefined;
  const written = readWritten(value);
  const composed = composePeer(namespace, written);
  const selector = composed.selector === '' ? undefined : parseComposed(composed.selector);
  const notSelector = composed.notSelector === '' ? undefined : parseComposed(composed.notSelector);
  if ((composed.selector !== '' && !selector) || (composed.notSelector !== '' && !notSelector))
    return undefined;
  const ports = readPorts(value.ports);
  const notPorts = readPorts(value.notPorts);
  if (!ports || !notPorts) return undefined;
  return {
    nets: readNets(value.nets),
    notNets: readNets(value.notNets),
    ...(selector ? { selector } : {}),
    ...(notSelector ? { notSelector } : {}),
    ...(isRecord(value.services) && text(value.services.name) !== ''
      ? { service: { namespace: text(value.services.namespace), name: text(value.services.name) } }
      : {}),
    ports,
    notPorts,
    written,
  };
}

function readWritten(peer: Readonly<Record<string, unknown>>): PeerAsWritten {
  const accounts = record(peer.serviceAccounts);
  return {
    selector: text(peer.selector),
    notSelector: text(peer.notSelector),
    namespaceSelector: text(peer.namespaceSelector),
    serviceAccountNames: texts(accounts.names),
    serviceAccountSelector: text(accounts.selector),
  };
}

/** Blocks that do not parse are skipped, as Calico does: a list of nothing else is no condition at all. */
function readNets(value: unknown): readonly Net[] {
  return list(value).flatMap((item) => {
    const net = typeof item === 'string' ? readNet(item, 'calico') : undefined;
    return net ? [net] : [];
  });
}

/** Undefined where one of the ports is none: leaving it out would widen the rule. */
function readPorts(value: unknown): readonly Port[] | undefined {
  const ports: Port[] = [];
  for (const item of list(value)) {
    const port = readPort(item);
    if (!port) return undefined;
    ports.push(port);
  }
  return ports;
}
