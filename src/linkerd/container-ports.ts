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
  return container.ports.filter(isRecord).flatMap(({ containerPort, name, protocol }) => {
    if (typeof containerPort !== 'number') return [];
    return [
      {
        port: containerPort,
        protocol: typeof protocol === 'string' ? protocol : 'TCP',
        ...(typeof name === 'string' && name !== '' ? { name } : {}),
      },
    ];
  });
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
