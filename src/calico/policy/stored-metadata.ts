import {
  groupOf,
  isRecord,
  type KubernetesObject,
  stringMap,
  type StringMap,
} from '../../kubernetes/object.ts';
import type { CalicoMode } from './calico-mode.ts';
import { tieredKinds } from './policy-name.ts';

/** The name and the labels by which Calico knows an object. */
export interface StoredMetadata {
  readonly name: string;
  readonly labels: StringMap;
}

/** Where Calico's API server and calicoctl pack the metadata of what they store as `crd.projectcalico.org/v1`. */
export const packedAnnotation = 'projectcalico.org/metadata';

/**
 * Reads an object's metadata; Calico's API server packs those of what it stores as `crd.projectcalico.org/v1` into an
 * annotation. Labels that are on the object itself as well, as releases until 3.26 leave all of them, count too. Whoever
 * writes that annotation on an object of `projectcalico.org/v3` has it stored in place of what the API server packs, so
 * the object's own labels are lost; native custom resources are read as they are, with no regard for it.
 * Source: Calico libcalico-go/lib/backend/k8s/resources, resources.go (ConvertK8sResourceToCalicoResource,
 * ConvertCalicoResourceToK8sResource, isOurs) and customresource.go (convertResourceToKVPair).
 * @param mode how the cluster serves Calico's API
 * @example
 * const annotations = { 'projectcalico.org/metadata': '{"labels":{"team":"a"}}' };
 * const head = { apiVersion: 'crd.projectcalico.org/v1', kind: 'GlobalNetworkSet' };
 * storedMetadata({ ...head, metadata: { name: 'set', annotations } }, 'apiserver'); // { name: 'set', labels: { team: 'a' } }
 */
export function storedMetadata({ apiVersion, metadata }: KubernetesObject, mode: CalicoMode): StoredMetadata {
  const own = {
    name: typeof metadata.name === 'string' ? metadata.name : '',
    labels: stringMap(metadata.labels),
  };
  const isStored = groupOf(apiVersion) === storageGroup;
  if (!isStored && (mode === 'v3crd' || groupOf(apiVersion) !== shownGroup)) return own;
  const packed = unpack(stringMap(metadata.annotations)[packedAnnotation]);
  if (!packed) return own;
  const name = [...fieldsOf(packed, 'name')].findLast((value) => typeof value === 'string' && value !== '');
  const kept = isStored ? own.labels : Object.fromEntries(Object.entries(own.labels).filter(isCalicos));
  return {
    name: typeof name === 'string' ? name : own.name,
    labels: Object.assign({}, kept, ...fieldsOf(packed, 'labels').map(stringMap)) as StringMap,
  };
}

/**
 * Whether an object says by an annotation what its metadata are, and Calico believes it.
 * @param mode how Calico's API is served; where it is left out the annotation counts, as it may
 * @example
 * const annotations = { 'projectcalico.org/metadata': '{"labels":{"team":"a"}}' };
 * const set = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkSet', metadata: { name: 'set', annotations } };
 * hasWrittenMetadata(set, 'apiserver'); // true
 * hasWrittenMetadata(set, 'v3crd'); // false
 */
export function hasWrittenMetadata({ apiVersion, metadata }: KubernetesObject, mode?: CalicoMode): boolean {
  return (
    mode !== 'v3crd' &&
    groupOf(apiVersion) === shownGroup &&
    Object.hasOwn(stringMap(metadata.annotations), packedAnnotation)
  );
}

/** Go takes the keys of JSON for a field whatever their case, the exact one and each other in turn. */
function fieldsOf(packed: Readonly<Record<string, unknown>>, field: string): readonly unknown[] {
  return Object.entries(packed).flatMap(([key, value]) => (key.toLowerCase() === field ? [value] : []));
}

function isCalicos([key]: readonly [string, string]): boolean {
  return key.includes('projectcalico.org/') || key.includes('operator.tigera.io/');
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
  const { [packedAnnotation]: packed, ...annotations } = stringMap(object.metadata.annotations);
  const { name, labels } = storedMetadata(object, 'apiserver');
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
const shownGroup = 'projectcalico.org';

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
