import { isRecord, stringMap, type KubernetesObject, type StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { opaquePortsAnnotation } from '../installation/annotation-names.ts';
import { appProtocolMeaning } from './app-protocol.ts';
import { containerPorts, namedContainerPorts } from './container-ports.ts';
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
import { rememberByOwner } from '../../memo/by-owner.ts';
import { list, record } from '../../kubernetes/read.ts';

/** The opaque ports of a pod, as the three that read them see them. */
export interface PodOpaquePorts {
  /** Whose list it is; `installation` means the default list, as far as the pod declares its ports. */
  readonly from: 'pod' | 'namespace' | 'installation';
  /** The annotation of the running pod; undefined where it has none. */
  readonly annotation?: string;
  /** What the proxy starts with, from the injector. */
  readonly atStart: PortList;
  /** What the proxy goes by once the policy controller has answered. */
  readonly enforced: PortList;
  /** What meshed clients that connect to the pod itself go by. */
  readonly forClients: PortList;
}

/**
 * The opaque ports of a pod that is made from a template in a namespace with these annotations.
 * Source: Linkerd controller/proxy-injector/webhook.go, controller/api/destination, policy-controller inbound/workload.rs.
 */
export function opaquePortsOfPod(
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  profile: LinkerdProfile,
): PodOpaquePorts {
  const names = namedContainerPorts(template.spec);
  const own = ownText(template.annotations);
  const inherited = ownText(stringMap(namespaceAnnotations));
  const annotation = own ?? inherited ?? declaredOpaquePorts(template.spec, profile);
  const from = own === undefined ? (inherited === undefined ? 'installation' : 'namespace') : 'pod';
  if (annotation === undefined) {
    const list = installedPorts(profile, names);
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

/** The installation's list, which is one of numbers nearly always: then the names of a pod's ports are none of it. */
function installedPorts(profile: LinkerdProfile, names: NamedPorts): PortList {
  if (!/^[0-9,-]*$/.test(profile.opaquePorts)) return readInjectorPorts(profile.opaquePorts, names);
  return installedNumbers(profile);
}

/** By installation, never stale. */
const installedNumbers = rememberByOwner(
  { name: 'opaque port numbers of an installation' },
  ({ opaquePorts }: LinkerdProfile): PortList => readInjectorPorts(opaquePorts, new Map()),
);

/** A TCP port of a Service, and whether meshed clients take its traffic as opaque. */
export interface ServicePort {
  readonly index: number;
  readonly port: number;
  readonly name?: string;
  /** A number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly appProtocol?: string;
  readonly opaque: boolean;
  /** What says so. */
  readonly by: 'appProtocol' | 'service' | 'namespace' | 'installation';
}

/**
 * The TCP ports of a Service with what meshed clients make of them: `appProtocol` decides since 2.18, then the
 * Service's annotation, which a new Service gets from its namespace, then the installation's list.
 */
export function servicePorts(
  service: KubernetesObject,
  namespaceAnnotations: StringMap,
  profile: LinkerdProfile,
): readonly ServicePort[] {
  const ports = tcpPorts(service.spec);
  const names = new Map(
    ports.flatMap(({ name, port }) => (name === undefined ? [] : [[name, port] as const])),
  );
  const own = ownText(stringMap(service.metadata.annotations));
  const inherited = ownText(stringMap(namespaceAnnotations));
  const list = readDestinationPorts(own ?? inherited ?? profile.opaquePorts, names);
  const annotated: ServicePort['by'] =
    own === undefined ? (inherited === undefined ? 'installation' : 'namespace') : 'service';
  return ports.map((port) => {
    const meaning = appProtocolMeaning(port.appProtocol, profile);
    const by: ServicePort['by'] = meaning ? 'appProtocol' : annotated;
    return Object.assign({ opaque: meaning?.opaque ?? includesPort(list, port.port), by }, port);
  });
}

/** A port that a Service and the pods behind it take for different things. */
export interface OpaqueDisagreement {
  readonly service: ServicePort;
  /** The container port that the Service's port leads to. */
  readonly targetPort: number;
  readonly podOpaque: boolean;
}

/** The ports on which a Service and the pods of a template behind it disagree; target ports nobody has are left out. */
export function opaqueDisagreements(
  service: KubernetesObject,
  template: PodTemplate,
  namespaceAnnotations: StringMap,
  profile: LinkerdProfile,
): readonly OpaqueDisagreement[] {
  const pod = opaquePortsOfPod(template, namespaceAnnotations, profile);
  return servicePorts(service, namespaceAnnotations, profile).flatMap((port) => {
    const targetPort = resolveTargetPort(port.targetPort, template);
    if (targetPort === undefined) return [];
    const podOpaque = includesPort(pod.forClients, targetPort);
    return podOpaque === port.opaque ? [] : [{ service: port, targetPort, podOpaque }];
  });
}

/** The number of a Service's target port on the pods of a template; undefined for a name that none of their ports has. */
export function resolveTargetPort(port: number | string, { spec }: PodTemplate): number | undefined {
  return typeof port === 'number' ? port : containerPorts(spec).find(({ name }) => name === port)?.port;
}

function ownText(annotations: StringMap): string | undefined {
  return Object.hasOwn(annotations, opaquePortsAnnotation) ? annotations[opaquePortsAnnotation] : undefined;
}

function tcpPorts(spec: unknown): readonly Omit<ServicePort, 'opaque' | 'by'>[] {
  const ports = list(record(spec).ports);
  return ports.flatMap((item, index) => {
    if (!isRecord(item) || typeof item.port !== 'number') return [];
    if (item.protocol !== undefined && item.protocol !== null && item.protocol !== 'TCP') return [];
    const { appProtocol, name, port, targetPort } = item;
    const isTarget =
      (typeof targetPort === 'number' && targetPort !== 0) ||
      (typeof targetPort === 'string' && targetPort !== '');
    return [
      {
        index,
        port,
        targetPort: isTarget ? targetPort : port,
        ...(typeof name === 'string' && name !== '' ? { name } : {}),
        ...(typeof appProtocol === 'string' && appProtocol !== '' ? { appProtocol } : {}),
      },
    ];
  });
}
