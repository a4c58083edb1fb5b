import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { atLeast } from '../installation/version.ts';
import { text, record } from '../../kubernetes/read.ts';

/**
 * A container that the injector takes for a sidecar, with the pointer to it within the pod's spec: `/initContainers/0`.
 */
export interface Sidecar {
  readonly name: string;
  readonly pointer: JsonPointer;
}

/**
 * Finds the first container by which the injector decides that a pod already has a sidecar: by its name, or by the
 * start of its image, which misses mirrored images and images pinned by digest.
 * Source: Linkerd pkg/healthcheck/sidecar.go; init containers count as proxies since 2.16.
 *
 * @param spec The spec of the pod.
 * @param version The version `2.MINOR` of the injector.
 * @returns The name of the container and the JSON pointer to it within the spec, or undefined.
 * @example
 * findSidecar({ containers: [{ name: 'istio-proxy' }] }, '2.20'); // { name: 'istio-proxy', pointer: '/containers/0' }
 */
export function findSidecar(spec: PodTemplate['spec'], version: string): Sidecar | undefined {
  const initProxies = atLeast(version, '2.16');
  return (
    findIn(spec, 'containers', isProxy) ?? findIn(spec, 'initContainers', initProxies ? isEither : isInit)
  );
}

const isProxy = (container: Container) => resembles(container, proxyNames, proxyImages);
const isInit = (container: Container) => resembles(container, initNames, initImages);
const isEither = (container: Container) => isProxy(container) || isInit(container);

function findIn(
  spec: PodTemplate['spec'],
  list: 'initContainers' | 'containers',
  isSidecar: (container: Container) => boolean,
): Sidecar | undefined {
  const items = spec[list];
  if (!Array.isArray(items)) return undefined;
  const index = items.findIndex((item: unknown) => isRecord(item) && isSidecar(item));
  const found: unknown = items[index];
  const name = text(record(found).name);
  return index < 0 ? undefined : { name, pointer: pointerOf(list, index) };
}

const proxyNames = ['linkerd-proxy', 'istio-proxy'];
const proxyImages = ['cr.l5d.io/linkerd/proxy:', 'gcr.io/istio-release/proxyv2:'];
const initNames = ['linkerd-init', 'istio-init'];
const initImages = ['cr.l5d.io/linkerd/proxy-init:', 'gcr.io/istio-release/proxy_init:'];

type Container = Readonly<Record<string, unknown>>;

function resembles({ name, image }: Container, names: readonly string[], images: readonly string[]): boolean {
  return (
    (typeof name === 'string' && names.includes(name)) ||
    (typeof image === 'string' && images.some((start) => image.startsWith(start)))
  );
}
