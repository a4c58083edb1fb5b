import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
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
export function namedContainerPorts(spec: PodTemplate['spec']): NamedPorts {
  const named = new Map<string, number>();
  for (const { name, port } of containerPorts(spec)) if (name !== undefined) named.set(name, port);
  return named;
}

/** Whether a container declares a UDP port, which the proxy does not handle. */
export function declaresUdp(spec: PodTemplate['spec']): boolean {
  return containerPorts(spec).some(({ protocol }) => protocol === 'UDP');
}
