import type { KubernetesObject } from '../../kubernetes/object.ts';
import { list, record, records, text } from '../../kubernetes/read.ts';

/**
 * Tells whether a Service can be the parent of a route: it has an address of its own.
 * Source: Linkerd policy-controller/k8s/status/src/service.rs, valid_parent_service.
 *
 * @param service A Service; in a file its address is still to come.
 * @returns Whether it is neither headless nor an ExternalName.
 * @example
 * isRoutable({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' }, spec: { clusterIP: 'None' } }); // false
 */
export function isRoutable({ spec }: KubernetesObject): boolean {
  const { clusterIP, type } = record(spec);
  return text(clusterIP).toLowerCase() !== 'none' && type !== 'ExternalName';
}

/**
 * Reads the numbers of a Service's ports.
 *
 * @param service A Service.
 * @returns The ports at which clients connect, and not those of its pods.
 * @example
 * const spec = { ports: [{ port: 80, targetPort: 8080 }] };
 * servicePortNumbers({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec }); // [80]
 */
export function servicePortNumbers({ spec }: KubernetesObject): readonly number[] {
  return records(record(spec).ports).flatMap(({ port }) => (typeof port === 'number' ? [port] : []));
}

/**
 * Tells whether a ServiceProfile puts the routes and the annotations of a Service out of force: one with routes or with
 * destinations of its own. One that says neither leaves them alone.
 * Source: linkerd2-proxy linkerd/app/outbound/src/http/logical/profile.rs, should_override_policy;
 * controller/api/destination/watcher/profile_watcher.go for the name.
 *
 * @param profile Any object; only a ServiceProfile overrides anything.
 * @param service The name and the namespace of a Service.
 * @returns Whether it does so for this Service.
 * @example
 * const profile = {
 *   apiVersion: 'linkerd.io/v1alpha2',
 *   kind: 'ServiceProfile',
 *   metadata: { name: 'web.shop.svc.cluster.local', namespace: 'shop' },
 *   spec: { routes: [{ name: 'all', condition: { pathRegex: '.*' } }] },
 * };
 * overridesRoutes(profile, { name: 'web', namespace: 'shop' }); // true
 */
export function overridesRoutes(
  { kind, metadata, spec }: KubernetesObject,
  service: { readonly name: string; readonly namespace: string },
): boolean {
  if (kind !== 'ServiceProfile') return false;
  if (metadata.name?.startsWith(`${service.name}.${service.namespace}.svc.`) !== true) return false;
  const { dstOverrides, routes } = record(spec);
  return list(routes).length > 0 || list(dstOverrides).length > 0;
}
