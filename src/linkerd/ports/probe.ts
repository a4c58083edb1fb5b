import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { portsOf } from './container-ports.ts';

/** A probe that the kubelet sends over the network to a port of a pod. */
export interface NetworkProbe {
  readonly kind: 'http' | 'grpc';
  readonly port: number;
  /** HTTP only: whether the kubelet speaks TLS. */
  readonly tls?: true;
  /** HTTP only: the path without its query. */
  readonly path?: string;
  readonly pointer: JsonPointer;
}

/**
 * Lists the HTTP and gRPC probes of a pod's containers and init containers, with their ports. A TCP probe is answered
 * by the proxy itself, and a command runs inside the container, so neither needs an authorization.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/workload.rs.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @returns One entry for each probe whose port is known, with the JSON pointer to the probe.
 * @example
 * const spec = { containers: [{ name: 'web', livenessProbe: { httpGet: { path: '/live?x', port: 80 } } }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * networkProbes(template).map(({ path, port }) => [path, port]); // [['/live', 80]]
 */
export function networkProbes(template: PodTemplate): readonly NetworkProbe[] {
  const probes: NetworkProbe[] = [];
  for (const list of ['containers', 'initContainers']) {
    const containers: unknown = template.spec[list];
    if (!Array.isArray(containers)) continue;
    for (const [index, container] of containers.entries() as Iterable<[number, unknown]>) {
      if (!isRecord(container)) continue;
      for (const field of probeFields) {
        const probe = probeOf(container, field, `${template.pointer}/spec/${list}/${index}/${field}`);
        if (probe) probes.push(probe);
      }
    }
  }
  return probes;
}

const probeFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function probeOf(
  container: Readonly<Record<string, unknown>>,
  field: (typeof probeFields)[number],
  pointer: JsonPointer,
): NetworkProbe | undefined {
  const probe = container[field];
  if (!isRecord(probe)) return undefined;
  if (isRecord(probe.httpGet)) {
    const port = resolve(probe.httpGet.port, container);
    if (port === undefined) return undefined;
    const path = pathOf(probe.httpGet.path);
    return { kind: 'http', port, path, pointer, ...(isTls(probe.httpGet.scheme) ? { tls: true } : {}) };
  }
  const port = isRecord(probe.grpc) ? resolve(probe.grpc.port, container) : undefined;
  return port === undefined ? undefined : { kind: 'grpc', port, pointer };
}

/** The API server takes the word in capitals alone, and defaults to HTTP. */
function isTls(scheme: unknown): boolean {
  return scheme === 'HTTPS';
}

/** A name is looked up among the TCP ports of the probe's own container, without regard to case. */
function resolve(port: unknown, container: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof port === 'number') return port;
  if (typeof port !== 'string') return undefined;
  const wanted = port.toLowerCase();
  return portsOf(container).find(
    ({ name, protocol }) => name?.toLowerCase() === wanted && protocol.toUpperCase() === 'TCP',
  )?.port;
}

function pathOf(path: unknown): string {
  return typeof path === 'string' && path !== '' ? (path.split(/[?#]/, 1)[0] ?? '/') : '/';
}
