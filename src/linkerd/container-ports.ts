import { isRecord } from '../kubernetes/object.ts';
import type { PodTemplate } from '../kubernetes/pod-template.ts';
import type { NamedPorts } from './port-list.ts';
import { containerList } from './sidecar.ts';

/** A port that a container declares. */
export interface ContainerPort {
  readonly port: number;
  readonly protocol: string;
  readonly name?: string;
}

/** The ports that the containers of a pod declare, init containers left out, entries without a number too. */
export function containerPorts(spec: PodTemplate['spec']): readonly ContainerPort[] {
  return containerList(spec.containers).flatMap(portsOf);
}

/** The ports that one container declares. */
export function portsOf(container: Readonly<Record<string, unknown>>): readonly ContainerPort[] {
  if (!Array.isArray(container.ports)) return [];
  const ports: ContainerPort[] = [];
  for (const item of container.ports as readonly unknown[]) {
    if (!isRecord(item) || typeof item.containerPort !== 'number') continue;
    const { containerPort: port, name } = item;
    const protocol = typeof item.protocol === 'string' ? item.protocol : 'TCP';
    ports.push(typeof name === 'string' && name !== '' ? { port, protocol, name } : { port, protocol });
  }
  return ports;
}

/** The names of container ports as the injector resolves them: of any protocol, where the last of a name wins. */
export function namedContainerPorts(spec: PodTemplate['spec']): NamedPorts {
  const named = containerPorts(spec).flatMap(({ name, port }) =>
    name === undefined ? [] : [[name, port] as const],
  );
  return new Map(named);
}

/** Whether a container declares a UDP port, which the proxy leaves alone. */
export function declaresUdp(spec: PodTemplate['spec']): boolean {
  return containerPorts(spec).some(({ protocol }) => protocol === 'UDP');
}
