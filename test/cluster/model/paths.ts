const groups = {
  core: '/api/v1',
  apps: '/apis/apps/v1',
  batch: '/apis/batch/v1',
  networking: '/apis/networking.k8s.io/v1',
  calico: '/apis/projectcalico.org/v3',
} as const;

/** The path of a collection, or with a name of an object; no namespace for what is cluster-wide. */
export function path(
  group: keyof typeof groups,
  resource: string,
  namespace?: string,
  name?: string,
): string {
  return [
    groups[group],
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    resource,
    ...(name === undefined ? [] : [name]),
  ].join('/');
}
