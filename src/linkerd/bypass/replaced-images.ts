import { pointerOf } from '../../kubernetes/json-pointer.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { records } from '../../kubernetes/read.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { MeshBypass } from './bypass.ts';

/** The injector's containers, without which a pod has no proxy or nothing leads to it. */
const injectorsOwn = new Set(['linkerd-proxy', 'linkerd-init', 'linkerd-network-validator']);

/**
 * Finds the containers of the injector's that get another program while their pod runs. An image can be changed in
 * place, and the container starts again with it; a newer one of the same repository is a proxy still.
 * Source: Kubernetes pkg/apis/core/validation/validation.go, ValidatePodUpdate, which lets images change.
 *
 * @param before The spec of the pod as it was.
 * @param after The spec of the pod as it will be.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @returns One entry for each container, with the JSON pointer to its image.
 * @example
 * const before = { containers: [{ name: 'linkerd-proxy', image: 'cr.l5d.io/linkerd/proxy:edge-26.8.3' }] };
 * const after = { containers: [{ name: 'linkerd-proxy', image: 'registry.example/relay:1' }] };
 * replacedImages(before, after, defaultProfile()).map(({ way }) => way); // ['replaced-image']
 */
export function replacedImages(
  before: PodTemplate['spec'],
  after: PodTemplate['spec'],
  { image, initImage }: LinkerdProfile,
): readonly MeshBypass[] {
  const installed = new Set([image.name, initImage.name]);
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const former = records(before[list]);
    return records(after[list]).flatMap((container, index): readonly MeshBypass[] => {
      const { name } = container;
      if (typeof name !== 'string' || !injectorsOwn.has(name)) return [];
      const old = former.find((one) => one.name === name);
      const now = repositoryOf(container.image);
      if (!old || now === repositoryOf(old.image) || installed.has(now)) return [];
      return [
        {
          way: 'replaced-image',
          pointer: pointerOf('spec', list, index, 'image'),
          message: `${name} would go on with another program, so that the pod is in the mesh in name only`,
          total: true,
        },
      ];
    });
  });
}

/** An image without its tag and digest. */
function repositoryOf(image: unknown): string {
  const path = typeof image === 'string' ? image.replace(/@.*$/, '') : '';
  const slash = path.lastIndexOf('/') + 1;
  return path.slice(0, slash) + path.slice(slash).replace(/:.*$/, '');
}
