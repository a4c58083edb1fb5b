import { type KubernetesObject } from '../../kubernetes/object.ts';
import { record, records, text } from '../../kubernetes/read.ts';
import { targetPortOf } from '../../kubernetes/service-port.ts';
import { latestVersion, policyControllerPorts, resolveTargetPort } from '../../linkerd/index.ts';
import { listInWords } from '../../text/list.ts';
import type { FlowEndFound, PodFound, PortFound } from './flow-end.ts';
import type { WantedPort } from './read-question.ts';
import { isTransport, type Transport } from './transport.ts';

/** The ports that are meant, or why there are none. */
export type PortsFound = { readonly ports: readonly PortFound[] } | { readonly problem: string };

interface Listed {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Transport;
  readonly target: number | string;
}

/**
 * The ports of a destination that a question means: those of the Service by which it is named, each as the port of the
 * pods that it leads to, else the pods' own. Without a port in the question all that are declared.
 */
export function findPorts(
  wanted: WantedPort | undefined,
  end: FlowEndFound,
  service: KubernetesObject | undefined,
): PortsFound {
  if (end.kind === 'addresses') return portOfAddress(wanted);
  const offered = service ? portsOfService(service) : [];
  const ofService = offered.filter((port) => isWanted(port, wanted));
  const own = portsOfPods(end);
  const chosen = ofService.flatMap(({ port, protocol, target }): PortFound[] => {
    const number = targetOf(target, protocol, end);
    const by = { service: `${end.namespace}/${service?.metadata.name ?? ''}`, port };
    return number === undefined ? [] : [{ port: number, protocol, by }];
  });
  if (chosen.length > 0) return { ports: chosen };
  const ofPods = own
    .filter((port) => isWanted(port, wanted))
    .map(({ port, protocol }) => ({ port, protocol }));
  const isNamed = service?.metadata.name === end.object?.metadata.name;
  if (ofPods.length > 0 && (!service || isNamed)) return { ports: ofPods };
  if (typeof wanted?.port === 'number' && !service)
    return { ports: [{ port: wanted.port, protocol: wanted.protocol ?? 'TCP' }] };
  return { problem: nothingFound(wanted, end, service, service ? offered : own) };
}

function portOfAddress(wanted: WantedPort | undefined): PortsFound {
  return typeof wanted?.port === 'number'
    ? { ports: [{ port: wanted.port, protocol: wanted.protocol ?? 'TCP' }] }
    : { problem: 'of an address nobody knows the ports: give the number of one, such as 443' };
}

function isWanted({ name, port, protocol }: Listed, wanted: WantedPort | undefined): boolean {
  if (!wanted) return true;
  const isIt = typeof wanted.port === 'number' ? wanted.port === port : wanted.port === name;
  return isIt && (wanted.protocol ?? (typeof wanted.port === 'number' ? 'TCP' : protocol)) === protocol;
}

function portsOfService({ spec }: KubernetesObject): readonly Listed[] {
  return records(record(spec).ports).flatMap((entry): Listed[] => {
    const { name, port, protocol = 'TCP' } = entry;
    if (typeof port !== 'number' || !isTransport(protocol)) return [];
    const target = targetPortOf(entry, port);
    return [{ port, protocol, target, ...(text(name) === '' ? {} : { name: text(name) }) }];
  });
}

function portsOfPods({ template }: PodFound): readonly Listed[] {
  return policyControllerPorts(template.spec, { version: latestVersion }).flatMap(
    ({ name, port, protocol }): Listed[] =>
      isTransport(protocol)
        ? [{ port, protocol, target: port, ...(name === undefined ? {} : { name }) }]
        : [],
  );
}

/** Kubernetes finds a named target among ports of the protocol; Linkerd reads TCP alone. */
function targetOf(target: number | string, protocol: Transport, end: PodFound): number | undefined {
  if (typeof target === 'number') return target;
  if (protocol === 'TCP') return resolveTargetPort(target, end.template);
  return portsOfPods(end).find((port) => port.name === target && port.protocol === protocol)?.port;
}

function nothingFound(
  wanted: WantedPort | undefined,
  end: PodFound,
  service: KubernetesObject | undefined,
  offered: readonly Listed[],
): string {
  const whose = service ? `Service "${end.namespace}/${service.metadata.name ?? ''}"` : end.name;
  const asked = wanted ? `port ${wanted.port}${wanted.protocol ? `/${wanted.protocol}` : ''}` : 'port';
  const names = offered.map(
    ({ name, port, protocol }) => `${name === undefined ? '' : `${name} `}${port}/${protocol}`,
  );
  const rest = names.length > 0 ? `; it has ${listInWords(names, { most: 5 })}` : ': give one, such as 8080';
  return `${whose} has no ${asked}${rest}`;
}
