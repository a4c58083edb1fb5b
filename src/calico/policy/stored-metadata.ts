import { isRecord, type KubernetesObject, stringMap, type StringMap } from '../../kubernetes/object.ts';

/** The name and the labels by which Calico knows an object. */
export interface StoredMetadata {
  readonly name: string;
  readonly labels: StringMap;
}

const annotation = 'projectcalico.org/metadata';

/**
 * Reads an object's metadata; Calico's API server packs those of what it stores as `crd.projectcalico.org/v1` into an
 * annotation, so that labels are found there and nowhere else.
 * Source: Calico libcalico-go/lib/backend/k8s/resources/resources.go.
 */
export function storedMetadata({ metadata }: KubernetesObject): StoredMetadata {
  const packed = unpack(stringMap(metadata.annotations)[annotation]);
  const own = typeof metadata.name === 'string' ? metadata.name : '';
  if (!packed) return { name: own, labels: stringMap(metadata.labels) };
  const name = typeof packed.name === 'string' && packed.name !== '' ? packed.name : own;
  return { name, labels: stringMap(packed.labels) };
}

function unpack(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
