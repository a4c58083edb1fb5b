import {
  groupOf,
  isRecord,
  type KubernetesObject,
  stringMap,
  type StringMap,
} from '../../kubernetes/object.ts';
import { tieredKinds } from './policy-name.ts';

/** The name and the labels by which Calico knows an object. */
export interface StoredMetadata {
  readonly name: string;
  readonly labels: StringMap;
}

const annotation = 'projectcalico.org/metadata';

/**
 * Reads an object's metadata; Calico's API server packs those of what it stores as `crd.projectcalico.org/v1` into an
 * annotation. Labels that are on the object itself as well, as releases until 3.26 leave all of them, count too.
 * Source: Calico libcalico-go/lib/backend/k8s/resources/resources.go, ConvertK8sResourceToCalicoResource.
 * @example
 * const annotations = { 'projectcalico.org/metadata': '{"labels":{"team":"a"}}' };
 * const head = { apiVersion: 'crd.projectcalico.org/v1', kind: 'GlobalNetworkSet' };
 * storedMetadata({ ...head, metadata: { name: 'set', annotations } }); // { name: 'set', labels: { team: 'a' } }
 */
export function storedMetadata({ metadata }: KubernetesObject): StoredMetadata {
  const packed = unpack(stringMap(metadata.annotations)[annotation]);
  const own = typeof metadata.name === 'string' ? metadata.name : '';
  if (!packed) return { name: own, labels: stringMap(metadata.labels) };
  const name = typeof packed.name === 'string' && packed.name !== '' ? packed.name : own;
  return { name, labels: { ...stringMap(metadata.labels), ...stringMap(packed.labels) } };
}

/**
 * What Calico's API server shows of an object that it stores as `crd.projectcalico.org/v1`: its group, and the name and
 * labels of before. Until 3.31 policies are stored with the prefix `default.`; of what was stored before their names were
 * packed too, the prefix is taken off. Any other object is returned as it is.
 * Source: as `storedMetadata`, with determinePolicyName.
 * @example
 * const head = { apiVersion: 'crd.projectcalico.org/v1', kind: 'NetworkPolicy' };
 * const metadata = { name: 'default.deny', namespace: 'shop' };
 * shownForm({ ...head, metadata, spec: {} }).metadata.name; // 'deny'
 */
export function shownForm(object: KubernetesObject): KubernetesObject {
  if (groupOf(object.apiVersion) !== storageGroup) return object;
  const { [annotation]: packed, ...annotations } = stringMap(object.metadata.annotations);
  const { name, labels } = storedMetadata(object);
  const isNamed = typeof unpack(packed)?.name === 'string';
  const uid = object.metadata.uid === undefined ? undefined : convertedUid(object.metadata.uid);
  return {
    ...object,
    apiVersion: 'projectcalico.org/v3',
    metadata: {
      ...object.metadata,
      name: isNamed || !tieredKinds.has(object.kind) || !isInDefaultTier(object) ? name : unprefixed(name),
      labels,
      annotations,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}

const storageGroup = 'crd.projectcalico.org';

function isInDefaultTier({ spec }: KubernetesObject): boolean {
  const tier = isRecord(spec) ? spec.tier : undefined;
  return tier === undefined || tier === '' || tier === 'default';
}

function unprefixed(name: string): string {
  return name.startsWith('default.') ? name.slice('default.'.length) : name;
}

/**
 * The uid under which Calico's API server shows a stored object: the bits of each byte the other way round, but for the
 * two bytes with version and variant. Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, ConvertUID.
 */
function convertedUid(uid: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uid)) return uid;
  let byte = -1;
  return uid.toLowerCase().replaceAll(/[0-9a-f]{2}/g, (pair) => {
    byte += 1;
    return byte === 6 || byte === 8 ? pair : reversedByte(pair);
  });
}

function reversedByte(pair: string): string {
  const value = Number.parseInt(pair, 16);
  let reversed = 0;
  for (let bit = 0; bit < 8; bit += 1) reversed = reversed * 2 + ((value >> bit) & 1);
  return reversed.toString(16).padStart(2, '0');
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
