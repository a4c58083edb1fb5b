import type { JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { portsOf } from '../container-ports.ts';

/** A probe that the kubelet sends over the network to a port of a pod. */
export interface NetworkProbe {
  readonly kind: 'http' | 'grpc';
  readonly port: number;
  /** HTTP only: the path without its query. */
  readonly path?: string;
  readonly pointer: JsonPointer;
}

/**
 * The HTTP and gRPC probes of a pod's containers and init containers, with the ports they go to. A TCP probe is
 * answered by the proxy itself, and a command runs inside the container, so neither needs an authorization.
 * Source: Linkerd policy-controller/k8s/index/src/inbound/workload.rs.
 */
export function networkProbes(template: PodTemplate): readonly NetworkProbe[] {
  return ['containers', 'initContainers'].flatMap((list) => {
    const containers: unknown = template.spec[list];
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((container: unknown, index) =>
      isRecord(container) ? probesOf(container, `${template.pointer}/spec/${list}/${index}`) : [],
    );
  });
}

const probeFields = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function probesOf(container: Readonly<Record<string, unknown>>, pointer: JsonPointer): NetworkProbe[] {
  return probeFields.flatMap((field): NetworkProbe[] => {
    const probe = container[field];
    if (!isRecord(probe)) return [];
    const at = `${pointer}/${field}`;
    if (isRecord(probe.httpGet)) {
      const port = resolve(probe.httpGet.port, container);
      return port === undefined
        ? []
        : [{ kind: 'http', port, path: pathOf(probe.httpGet.path), pointer: at }];
    }
    const port = isRecord(probe.grpc) ? resolve(probe.grpc.port, container) : undefined;
    return port === undefined ? [] : [{ kind: 'grpc', port, pointer: at }];
  });
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
