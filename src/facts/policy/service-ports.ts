import type { KubernetesObject } from '../../kubernetes/object.ts';
import { containersOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { record, records, text } from '../../kubernetes/read.ts';
import { targetPortOf } from '../../kubernetes/service-port.ts';

/** A port by which connections come to a Service. */
export interface FrontPort {
  readonly port: number;
  /** Whether it is the Service's own port, or one of every node. */
  readonly of: 'Service' | 'node';
  /** The port of the pods that it leads to. */
  readonly target: number;
}

/** The ports that the containers of a template declare for a protocol, init containers among them. */
export function declaredPorts({ spec }: PodTemplate, protocol: string): ReadonlySet<number> {
  return new Set(portEntries(spec, protocol).flatMap(({ containerPort }) => numbers(containerPort)));
}

/**
 * The ports of a Service for a protocol, each with the port of the pods of a template to which it leads; one that leads
 * to no port of theirs is left out.
 * Source: Kubernetes pkg/proxy, the destination of a connection is rewritten before any policy sees it;
 * staging/src/k8s.io/endpointslice/utils.go, findPort, for ports by name.
 */
export function frontPorts(
  { spec }: KubernetesObject,
  template: PodTemplate,
  protocol: string,
): readonly FrontPort[] {
  return records(record(spec).ports).flatMap((entry): readonly FrontPort[] => {
    if ((text(entry.protocol) || 'TCP') !== protocol) return [];
    const [port] = numbers(entry.port);
    if (port === undefined) return [];
    const [target] = targetOf(targetPortOf(entry, port), template, protocol);
    if (target === undefined) return [];
    const nodePorts = numbers(entry.nodePort).map((node) => ({ port: node, of: 'node', target }) as const);
    return [{ port, of: 'Service', target }, ...nodePorts];
  });
}

function targetOf(target: unknown, { spec }: PodTemplate, protocol: string): readonly number[] {
  if (typeof target !== 'string') return numbers(target);
  return portEntries(spec, protocol).flatMap(({ containerPort, name }) =>
    name === target ? numbers(containerPort) : [],
  );
}

function portEntries(
  spec: PodTemplate['spec'],
  protocol: string,
): readonly Readonly<Record<string, unknown>>[] {
  return containersOf(spec)
    .flatMap(({ ports }) => records(ports))
    .filter((entry) => (text(entry.protocol) || 'TCP') === protocol);
}

function numbers(value: unknown): readonly number[] {
  return typeof value === 'number' && value > 0 ? [value] : [];
}
