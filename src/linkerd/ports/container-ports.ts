import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { atLeast } from '../installation/version.ts';
import type { NamedPorts } from './port-list.ts';

/** A port that a container declares. */
export interface ContainerPort {
  readonly port: number;
  readonly protocol: string;
  readonly name?: string;
}

/**
 * Lists the ports that the containers of a pod declare, without those of init containers and entries without a number.
 *
 * @param spec The spec of the pod.
 * @returns The ports in the order of the spec; a port without a protocol is TCP.
 * @example
 * containerPorts({ containers: [{ ports: [{ containerPort: 80 }] }] }); // [{ port: 80, protocol: 'TCP' }]
 */
export function containerPorts(spec: PodTemplate['spec']): readonly ContainerPort[] {
  const ports: ContainerPort[] = [];
  if (Array.isArray(spec.containers)) for (const item of spec.containers) addPortsOf(item, ports);
  return ports;
}

/** What has a version of Linkerd: an installation, or only its version. */
export interface Versioned {
  readonly version: string;
}

/**
 * The ports as the injector and the destination controller read them: since 2.20 those of init containers come first,
 * whatever their restartPolicy, and before that only containers count.
 * Source: Linkerd pkg/inject/inject.go, FilterPodOpaquePorts, GetNamedPorts; controller/api/destination/watcher.
 *
 * @param spec The spec of the pod.
 * @param installation What has the version of Linkerd.
 * @returns The ports in the order in which they are read.
 * @example
 * const spec = { initContainers: [{ ports: [{ containerPort: 90 }] }], containers: [{ ports: [{ containerPort: 80 }] }] };
 * injectorPorts(spec, { version: '2.20' }).map(({ port }) => port); // [90, 80]
 */
export function injectorPorts(spec: PodTemplate['spec'], { version }: Versioned): readonly ContainerPort[] {
  if (!Array.isArray(spec.initContainers) || !atLeast(version, '2.20')) return containerPorts(spec);
  return [...initContainerPorts(spec), ...containerPorts(spec)];
}

/**
 * The ports as the policy controller reads them: since 2.19 those of init containers come after those of containers.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/workload.rs, pod_tcp_ports_by_name.
 *
 * @param spec The spec of the pod.
 * @param installation What has the version of Linkerd.
 * @returns The ports in the order in which they are read.
 * @example
 * const spec = { initContainers: [{ ports: [{ containerPort: 90 }] }], containers: [{ ports: [{ containerPort: 80 }] }] };
 * policyControllerPorts(spec, { version: '2.20' }).map(({ port }) => port); // [80, 90]
 */
export function policyControllerPorts(
  spec: PodTemplate['spec'],
  { version }: Versioned,
): readonly ContainerPort[] {
  if (!Array.isArray(spec.initContainers) || !atLeast(version, '2.19')) return containerPorts(spec);
  return [...containerPorts(spec), ...initContainerPorts(spec)];
}

function initContainerPorts({ initContainers }: PodTemplate['spec']): readonly ContainerPort[] {
  const ports: ContainerPort[] = [];
  if (Array.isArray(initContainers)) for (const item of initContainers) addPortsOf(item, ports);
  return ports;
}

/** The ports that one container declares. */
export function portsOf(container: Readonly<Record<string, unknown>>): readonly ContainerPort[] {
  const ports: ContainerPort[] = [];
  addPortsOf(container, ports);
  return ports;
}

function addPortsOf(container: unknown, ports: ContainerPort[]): void {
  if (!isRecord(container) || !Array.isArray(container.ports)) return;
  for (const item of container.ports as readonly unknown[]) {
    if (!isRecord(item) || typeof item.containerPort !== 'number') continue;
    const { containerPort: port, name } = item;
    const protocol = typeof item.protocol === 'string' ? item.protocol : 'TCP';
    ports.push(typeof name === 'string' && name !== '' ? { port, protocol, name } : { port, protocol });
  }
}

/** The names of container ports as the injector resolves them: of any protocol, and the last of a name wins. */
export function namedContainerPorts(spec: PodTemplate['spec'], installation: Versioned): NamedPorts {
  const named = new Map<string, number>();
  for (const { name, port } of injectorPorts(spec, installation))
    if (name !== undefined) named.set(name, port);
  return named;
}

/** Whether a container declares a UDP port, which the proxy does not handle. */
export function declaresUdp(spec: PodTemplate['spec']): boolean {
  return containerPorts(spec).some(({ protocol }) => protocol === 'UDP');
}
