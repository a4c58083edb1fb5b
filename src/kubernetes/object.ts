import { isRecord } from './read.ts';

export { isRecord };

/** Labels or annotations: string keys to string values. */
export type StringMap = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** The part of metadata that tollgate reads; every other field is kept and ignored. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly [field: string]: unknown;
}

/**
 * Any Kubernetes object as JSON. Nothing below metadata is trusted: objects come from users, so each reader
 * checks the type of what it takes.
 */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** What names an object: enough to print it and to find it again. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The reference of an object; an object without a name is called by its `generateName` and a star. */
export function referenceOf(object: KubernetesObject): ObjectReference {
  const { name, generateName, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace ? { namespace } : {}),
    name: name ?? (generateName ? `${generateName}*` : ''),
  };
}

/** The API group of an apiVersion: `apps/v1` gives `apps`, `v1` gives the core group, an empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The entries of a labels or annotations map whose values are strings; anything else counts as absent. */
export function stringMap(value: unknown): StringMap {
  if (!isRecord(value)) return none;
  // Nearly every map holds strings alone, and this is asked many times for each review.
  if (isStringMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, text]) => typeof text === 'string'),
  ) as StringMap;
}

const none: StringMap = Object.freeze({});

function isStringMap(value: Readonly<Record<string, unknown>>): value is StringMap {
  for (const key of Object.keys(value)) if (typeof value[key] !== 'string') return false;
  return true;
}

export function labelsOf(object: KubernetesObject): StringMap {
  return stringMap(object.metadata.labels);
}

export function annotationsOf(object: KubernetesObject): StringMap {
  return stringMap(object.metadata.annotations);
}

/** Whether a parsed JSON or YAML value has the outline of a Kubernetes object: apiVersion, kind and metadata. */
export function isKubernetesObject(value: unknown): value is KubernetesObject {
  return (
    isRecord(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    isRecord(value.metadata)
  );
}
