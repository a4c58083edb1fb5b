import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import type { ManifestFile, ManifestObject } from '../../manifests/manifest-set.ts';

/**
 * Lets objects of a cluster pass for manifests, so that reports can name them: a namespace stands for a file, without
 * lines.
 * @example
 * createClusterManifests()(deployment).document.file.name // 'cluster/shop'
 */
export function createClusterManifests(): (object: KubernetesObject) => ManifestObject {
  const files = new Map<string, ManifestFile>();
  return (object) => {
    const { kind, metadata } = object;
    const namespace = kind === 'Namespace' ? metadata.name : metadata.namespace;
    const name = namespace === undefined ? 'cluster' : `cluster/${namespace}`;
    const file = files.get(name) ?? { name, text: '', isCluster: true };
    files.set(name, file);
    const document = { file, text: '', offset: 0 };
    return { object, reference: referenceOf(object), document, pointer: '' };
  };
}
