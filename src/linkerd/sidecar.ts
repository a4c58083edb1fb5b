import { isRecord } from '../kubernetes/object.ts';
import type { PodTemplate } from '../kubernetes/pod-template.ts';
import { atLeast } from './version.ts';

/**
 * Whether the injector takes a pod for one that has a sidecar already: by the name of a container, or by the start
 * of its image, which misses mirrored images and images pinned by digest.
 * Source: Linkerd pkg/healthcheck/sidecar.go; init containers count as proxies since 2.16.
 */
export function hasSidecar(spec: PodTemplate['spec'], version: string): boolean {
  const initContainers = containerList(spec.initContainers);
  const containers = containerList(spec.containers);
  const proxies = atLeast(version, '2.16') ? [...initContainers, ...containers] : containers;
  return (
    proxies.some((container) => resembles(container, proxyNames, proxyImages)) ||
    initContainers.some((container) => resembles(container, initNames, initImages))
  );
}

const proxyNames = ['linkerd-proxy', 'istio-proxy'];
const proxyImages = ['cr.l5d.io/linkerd/proxy:', 'gcr.io/istio-release/proxyv2:'];
const initNames = ['linkerd-init', 'istio-init'];
const initImages = ['cr.l5d.io/linkerd/proxy-init:', 'gcr.io/istio-release/proxy_init:'];

type Container = Readonly<Record<string, unknown>>;

/** One of a pod spec's lists of containers, anything that is not an object left out. */
export function containerList(value: unknown): readonly Container[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function resembles({ name, image }: Container, names: readonly string[], images: readonly string[]): boolean {
  return (
    (typeof name === 'string' && names.includes(name)) ||
    (typeof image === 'string' && images.some((start) => image.startsWith(start)))
  );
}
