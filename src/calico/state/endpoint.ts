import { type KubernetesObject, labelsOf, type StringMap } from '../../kubernetes/object.ts';
import { type Address, parseAddress } from '../../kubernetes/net/address.ts';
import { type Net, readNet } from '../../kubernetes/net/net.ts';
import { readProtocol } from '../policy/match-fields.ts';
import type { CalicoMode } from '../policy/calico-mode.ts';
import { storedMetadata } from '../policy/stored-metadata.ts';
import { record, list, text } from '../../kubernetes/read.ts';

/** A port that rules can call by its name. */
export interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: number;
}

/** A pod that policies apply to: one with a network of its own. */
export interface PodEndpoint {
  readonly namespace: string;
  readonly name: string;
  readonly labels: StringMap;
  /** Of a pod that is made up: labels of a namespace (`pcns.`) and an account (`pcsa.`) that the world does not hold. */
  readonly inherited?: StringMap;
  readonly serviceAccount: string;
  readonly addresses: readonly Address[];
  readonly ports: readonly NamedPort[];
  /** A pod on its node's network is no endpoint: no policy selects it and no rule finds it. */
  readonly hostNetwork: boolean;
}

/** Addresses that policies find by labels: a network set or a host endpoint. */
export interface LabelledNets {
  /** Absent for global network sets and host endpoints. */
  readonly namespace?: string;
  readonly labels: StringMap;
  readonly nets: readonly Net[];
  readonly ports: readonly NamedPort[];
}

/** The addresses and ports of a service, from one of its endpoint slices. */
export interface ServiceEndpoints {
  readonly namespace: string;
  readonly service: string;
  readonly addresses: readonly Address[];
  readonly ports: readonly { readonly port: number; readonly protocol: number }[];
}

export function readPod(object: KubernetesObject): PodEndpoint {
  const spec = record(object.spec);
  const status = record(object.status);
  const ips = [status.podIP, ...list(status.podIPs).map((item) => record(item).ip)];
  const containers = [...list(spec.containers), ...list(spec.initContainers)];
  return {
    namespace: text(object.metadata.namespace),
    name: text(object.metadata.name),
    labels: labelsOf(object),
    serviceAccount: text(spec.serviceAccountName) || text(spec.serviceAccount) || 'default',
    addresses: readAddresses(ips),
    ports: containers.flatMap((container) =>
      list(record(container).ports).flatMap((port) => readNamedPort(record(port), 'containerPort')),
    ),
    hostNetwork: spec.hostNetwork === true,
  };
}

/** Reads a NetworkSet, GlobalNetworkSet or HostEndpoint. */
export function readLabelledNets(object: KubernetesObject, mode: CalicoMode): LabelledNets {
  const spec = record(object.spec);
  const { labels } = storedMetadata(object, mode);
  const nets = list(object.kind === 'HostEndpoint' ? spec.expectedIPs : spec.nets);
  return {
    ...(object.kind === 'NetworkSet' ? { namespace: text(object.metadata.namespace) } : {}),
    labels,
    nets: nets.flatMap((net) => (typeof net === 'string' ? (readNet(net, 'calico') ?? []) : [])),
    ports: list(spec.ports).flatMap((port) => readNamedPort(record(port), 'port')),
  };
}

/** Reads an EndpointSlice; whether endpoints are ready is no matter to Calico. */
export function readEndpointSlice(object: KubernetesObject): ServiceEndpoints {
  return {
    namespace: text(object.metadata.namespace),
    service: labelsOf(object)['kubernetes.io/service-name'] ?? '',
    addresses: readAddresses(list(object.endpoints).flatMap((endpoint) => list(record(endpoint).addresses))),
    ports: list(object.ports).flatMap((item) => {
      const { port, protocol } = record(item);
      const number = readProtocol(protocol ?? 'TCP')?.number;
      return typeof port === 'number' && number !== undefined ? [{ port, protocol: number }] : [];
    }),
  };
}

function readNamedPort(item: Readonly<Record<string, unknown>>, field: string): readonly NamedPort[] {
  const port = item[field];
  const protocol = readProtocol(item.protocol ?? 'TCP')?.number;
  if (typeof port !== 'number' || protocol === undefined || text(item.name) === '') return [];
  return [{ name: text(item.name), port, protocol }];
}

function readAddresses(values: readonly unknown[]): readonly Address[] {
  const texts = new Set(values.filter((value) => typeof value === 'string'));
  return [...texts].flatMap((value) => parseAddress(value) ?? []);
}
