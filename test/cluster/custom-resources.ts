import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';
import { createKubectl } from './kubectl.ts';
import { until } from './until.ts';

export type CustomResources =
  | 'calico/v3'
  | 'calico/v1'
  | 'calico/admission'
  | 'linkerd'
  | 'openreports'
  | 'wgpolicyk8s';

/**
 * Applies folders of `crds/` and waits until their kinds are served.
 * Calico's admission policies say v1beta1, which a 1.36 API server does not serve; as v1 they are the same.
 */
export async function installCustomResources(
  controlPlane: ControlPlane,
  folders: readonly CustomResources[],
): Promise<void> {
  const { kubectl } = createKubectl(controlPlane);
  const stdin = folders
    .map((folder) => join(import.meta.dirname, 'crds', folder))
    .flatMap((folder) => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')))
    .map((text) => text.replaceAll('admissionregistration.k8s.io/v1beta1', 'admissionregistration.k8s.io/v1'))
    .join('\n---\n');
  const applied = await kubectl(['apply', '--server-side', '-f', '-'], { stdin });
  if (applied.code !== 0) throw new Error(applied.stderr);
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const { metadata, spec } of await controlPlane.api.list(definitions)) {
    const { group, names, versions } = spec as DefinitionSpec;
    const version = versions.find((one) => one.served)?.name;
    await until(`${metadata.name} to be served`, () =>
      controlPlane.api.get(`/apis/${group}/${version}/${names.plural}`),
    );
  }
}

interface DefinitionSpec {
  readonly group: string;
  readonly names: { readonly plural: string };
  readonly versions: readonly { readonly name: string; readonly served: boolean }[];
}
