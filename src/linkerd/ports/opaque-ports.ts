import { isRecord, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { appProtocolMeaning } from './app-protocol.ts';
import { injectorPorts, namedContainerPorts, type Versioned } from './container-ports.ts';
import { declaredOpaquePorts } from './default-opaque-ports.ts';
import {
  includesPort,
  readDestinationPorts,
  readInjectorPorts,
  readPolicyControllerPorts,
  type NamedPorts,
  type PortList,
} from './port-list.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { latestVersion } from '../installation/version.ts';
import { rememberByOwner } from '../../memo/by-owner.ts';
import { targetPortOf } from '../../kubernetes/service-port.ts';
import { list, record } from '../../kubernetes/read.ts';

/** The annotation that lists the opaque ports of a pod, of the pods of a namespace, or of a Service. */
export const opaquePortsAnnotation = 'config.linkerd.io/opaque-ports';

/** The opaque ports of a pod, as each of their three readers takes them. */
export interface PodOpaquePorts {
  /** Whose list it is; `installation` for the ports of the default list that the pod declares. */
  readonly from: 'pod' | 'namespace' | 'installation';
  /** The annotation of the running pod; undefined if it has none. */
  readonly annotation?: string;
  /** The ports that the proxy starts with, from the injector. */
  readonly atStart: PortList;
  /** The ports that the proxy uses once the policy controller has answered. */
  readonly enforced: PortList;
  /** The ports for meshed clients that connect to the pod itself. */
  readonly forClients: PortList;
}

/**
 * Finds the opaque ports of the pods of a template in a namespace.
 * Source: Linkerd controller/proxy-injector/webhook.go, controller/api/destination, policy-controller inbound/workload.rs.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param namespaceAnnotations The annotations of the namespace.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns The list as each of its three readers takes it, and whose list it is.
 * @example
 * const spec = { containers: [{ name: 'db', ports: [{ name: 'sql', containerPort: 5432 }] }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * opaquePortsOfPod(template, {}, defaultProfile()).annotation; // '5432'
 */
export function opaquePortsOfPod(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  installation: LinkerdProfile,
): PodOpaquePorts {
  const names = namedContainerPorts(template.spec, installation);
  const own = ownText(template.annotations);
  const inherited = ownText(stringMap(namespaceAnnotations));
  const annotation = own ?? inherited ?? declaredOpaquePorts(template.spec, installation);
  const from = own === undefined ? (inherited === undefined ? 'installation' : 'namespace') : 'pod';
  if (annotation === undefined) {
    const list = installedPorts(installation, names);
    return { from, atStart: list, enforced: { ranges: [], dropped: [] }, forClients: list };
  }
  return {
    from,
    annotation,
    atStart: readInjectorPorts(annotation, names),
    enforced: readPolicyControllerPorts(annotation),
    forClients: readDestinationPorts(annotation, names),
  };
}

/** The installation's list. It nearly always has numbers only, and then the port names of the pod do not matter. */
function installedPorts(installation: LinkerdProfile, names: NamedPorts): PortList {
  if (!/^[0-9,-]*$/.test(installation.opaquePorts)) return readInjectorPorts(installation.opaquePorts, names);
  return installedNumbers(installation);
}

/** By installation, never stale. */
const installedNumbers = rememberByOwner(
  { name: 'opaque port numbers of an installation' },
  ({ opaquePorts }: LinkerdProfile): PortList => readInjectorPorts(opaquePorts, new Map()),
);

/** A TCP port of a Service, and whether meshed clients treat its traffic as opaque. */
export interface ServicePort {
  readonly index: number;
  readonly port: number;
  readonly name?: string;
  /** A number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly appProtocol?: string;
  readonly opaque: boolean;
  /** What decides that. */
  readonly by: 'appProtocol' | 'service' | 'namespace' | 'installation';
}

/**
 * Lists the TCP ports of a Service as meshed clients treat them. Since 2.18 `appProtocol` decides, then the Service's
 * annotation, which a new Service inherits from its namespace, then the installation's list.
 *
 * @param service The Service.
 * @param namespaceAnnotations The annotations of its namespace.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns Its TCP ports in order, each with whether it is opaque and what decides that.
 * @example
 * const service = {
 *   apiVersion: 'v1',
 *   kind: 'Service',
 *   metadata: { name: 'db' },
 *   spec: { ports: [{ port: 5432, targetPort: 'sql', appProtocol: 'http' }] },
 * };
 * servicePorts(service, {}, defaultProfile()).map(({ by, opaque }) => [by, opaque]); // [['appProtocol', false]]
 */
export function servicePorts(
  service: KubernetesObject,
  namespaceAnnotations: StringMap,
  installation: LinkerdProfile,
): readonly ServicePort[] {
  const ports = tcpPorts(service.spec);
  const names = new Map(
    ports.flatMap(({ name, port }) => (name === undefined ? [] : [[name, port] as const])),
  );
  const own = ownText(stringMap(service.metadata.annotations));
  const inherited = ownText(stringMap(namespaceAnnotations));
  const list = readDestinationPorts(own ?? inherited ?? installation.opaquePorts, names);
  const annotated: ServicePort['by'] =
    own === undefined ? (inherited === undefined ? 'installation' : 'namespace') : 'service';
  return ports.map((port) => {
    const meaning = appProtocolMeaning(port.appProtocol, installation);
    const by: ServicePort['by'] = meaning ? 'appProtocol' : annotated;
    return Object.assign({ opaque: meaning?.opaque ?? includesPort(list, port.port), by }, port);
  });
}

/** A port that is opaque for a Service and not for the pods behind it, or the other way round. */
export interface OpaqueDisagreement {
  readonly service: ServicePort;
  /** The container port that the Service's port leads to. */
  readonly targetPort: number;
  readonly podOpaque: boolean;
}

/**
 * Finds the ports on which a Service and the pods of a template behind it disagree. A target port that the pods do not
 * have is left out.
 *
 * @param service The Service.
 * @param template The template of pods that it selects.
 * @param namespaceAnnotations The annotations of the namespace of both.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns One entry for each port of the Service that its pods take for something else.
 * @example
 * const service = {
 *   apiVersion: 'v1',
 *   kind: 'Service',
 *   metadata: { name: 'db' },
 *   spec: { ports: [{ port: 5432, targetPort: 'sql', appProtocol: 'http' }] },
 * };
 * const spec = { containers: [{ name: 'db', ports: [{ name: 'sql', containerPort: 5432 }] }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * opaqueDisagreements(service, template, {}, defaultProfile()).map(({ podOpaque }) => podOpaque); // [true]
 */
export function opaqueDisagreements(
  service: KubernetesObject,
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  installation: LinkerdProfile,
): readonly OpaqueDisagreement[] {
  const pod = opaquePortsOfPod(template, namespaceAnnotations, installation);
  return servicePorts(service, namespaceAnnotations, installation).flatMap((port) => {
    const targetPort = resolveTargetPort(port.targetPort, template, installation);
    if (targetPort === undefined) return [];
    const podOpaque = includesPort(pod.forClients, targetPort);
    return podOpaque === port.opaque ? [] : [{ service: port, targetPort, podOpaque }];
  });
}

/**
 * Finds the number of a Service's target port on the pods of a template; undefined for a name that no port has.
 *
 * @param port The target port: a number, which is the answer, or a name.
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param installation The Linkerd installation, which decides whether ports of init containers count; the latest one by default.
 * @returns The port number, 1 to 65535.
 * @example
 * const spec = { containers: [{ name: 'db', ports: [{ name: 'sql', containerPort: 5432 }] }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * resolveTargetPort('sql', template); // 5432
 */
export function resolveTargetPort(
  port: number | string,
  { spec }: PodTemplate,
  installation: Versioned = { version: latestVersion },
): number | undefined {
  return typeof port === 'number'
    ? port
    : injectorPorts(spec, installation).find(({ name }) => name === port)?.port;
}

function ownText(annotations: StringMap): string | undefined {
  return Object.hasOwn(annotations, opaquePortsAnnotation) ? annotations[opaquePortsAnnotation] : undefined;
}

function tcpPorts(spec: unknown): readonly Omit<ServicePort, 'opaque' | 'by'>[] {
  const ports = list(record(spec).ports);
  return ports.flatMap((item, index) => {
    if (!isRecord(item) || typeof item.port !== 'number') return [];
    if (item.protocol !== undefined && item.protocol !== null && item.protocol !== 'TCP') return [];
    const { appProtocol, name, port } = item;
    return [
      {
        index,
        port,
        targetPort: targetPortOf(item, port),
        ...(typeof name === 'string' && name !== '' ? { name } : {}),
        ...(typeof appProtocol === 'string' && appProtocol !== '' ? { appProtocol } : {}),
      },
    ];
  });
}
