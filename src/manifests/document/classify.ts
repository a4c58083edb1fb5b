import { isKubernetesObject, isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { type JsonPointer, pointerOf } from '../../kubernetes/json-pointer.ts';
import { asMeant, refuseMetadata } from './metadata-types.ts';
import { findKind } from '../../kinds.ts';
import { listInWords } from '../../text/list.ts';
import { describeType, type Refusal } from './refusal.ts';
import { record } from '../../kubernetes/read.ts';

/** One thing found in a document: an object with its place in it, or something that is none. */
export type Classified =
  | { readonly object: KubernetesObject; readonly pointer: JsonPointer }
  | { readonly refusal: Refusal; readonly pointer: JsonPointer };

/** Takes a parsed document apart: the objects of a `List`, one object, or the reason why it is none. */
export function classify(value: unknown, pointer: JsonPointer = ''): readonly Classified[] {
  if (value === null) return [];
  if (isList(value)) {
    return value.items.flatMap((item: unknown, index) =>
      classify(itemOf(item, value), pointer + pointerOf('items', index)),
    );
  }
  const refusal = refuse(value);
  if (refusal) {
    const refused = { refusal, pointer: pointer + (refusal.pointer ?? '') };
    const object = refusal.id === 'manifest/metadata' ? asMeant(value as KubernetesObject) : undefined;
    return object ? [refused, { object, pointer }] : [refused];
  }
  return [{ object: value as KubernetesObject, pointer }];
}

interface ObjectList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly items: readonly unknown[];
}

function isList(value: unknown): value is ObjectList {
  return (
    isRecord(value) &&
    typeof value.apiVersion === 'string' &&
    typeof value.kind === 'string' &&
    value.kind.endsWith('List') &&
    Array.isArray(value.items)
  );
}

/** The items of a typed list (`DeploymentList`) may leave out what its own kind says of them. */
function itemOf(item: unknown, { apiVersion, kind }: ObjectList): unknown {
  if (kind === 'List' || !isRecord(item) || item.kind !== undefined) return item;
  return { ...item, apiVersion, kind: kind.slice(0, -'List'.length) };
}

function refuse(value: unknown): Refusal | undefined {
  if (!isRecord(value))
    return foreign(`it is ${describeType(value)}, not an object with apiVersion and kind`);
  const { apiVersion, kind, metadata } = value;
  if (isKustomization(value)) {
    if (changesNothing(value)) return foreign('it is a kustomization that changes nothing of its resources');
    return {
      id: 'manifest/kustomization',
      reason: 'it is a kustomization, which may change every object it names',
    };
  }
  if (apiVersion === undefined && kind === undefined) return foreign('it has neither apiVersion nor kind');
  if (isChart(value)) return foreign('it describes a Helm chart');
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || apiVersion === '' || kind === '') {
    const missing = typeof apiVersion === 'string' && apiVersion !== '' ? 'kind' : 'apiVersion';
    return noObject(`${missing} is ${describeType(value[missing])}, expected a string`);
  }
  if (kind === 'AdmissionReview') return review(value);
  if (!isRecord(metadata) && isToolConfiguration(apiVersion, kind)) {
    return foreign(`it is the ${kind} of a tool, not an object of a cluster`);
  }
  if (!isKubernetesObject(value))
    return noObject(`metadata is ${describeType(metadata)}, expected a map with a name`);
  return refuseVersion(value) ?? refuseMetadata(value);
}

/** An object of a version that no API server serves is refused there, so it must not count as one. */
function refuseVersion({ apiVersion, kind }: KubernetesObject): Refusal | undefined {
  const [group = '', version] = apiVersion.split('/');
  const served = findKind(group, kind)?.served;
  if (!served || version === undefined || served.includes(version)) return undefined;
  const right = served.map((one) => `${group}/${one}`);
  return {
    id: 'manifest/version',
    reason: `no API server serves ${kind} in ${apiVersion}`,
    remedy: `write apiVersion: ${listInWords(right, { last: 'or' })}`,
    pointer: '/apiVersion',
  };
}

function isKustomization({ apiVersion }: Readonly<Record<string, unknown>>): boolean {
  return typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/');
}

/**
 * Whether a kustomization only names resources, which are then what they are in their own files. What it takes from
 * elsewhere is not among the files.
 * Source: kustomize api/types/kustomization.go; without transformers and generators resources are passed on.
 */
function changesNothing(value: Readonly<Record<string, unknown>>): boolean {
  const { resources } = value;
  const isPlain = Object.keys(value).every((key) =>
    ['apiVersion', 'kind', 'metadata', 'resources'].includes(key),
  );
  return (
    isPlain &&
    Array.isArray(resources) &&
    resources.every((name) => typeof name === 'string' && !/:\/\/|\?ref=|^git@|^github\.com\//.test(name))
  );
}

function isChart({ apiVersion, kind, name, version }: Readonly<Record<string, unknown>>): boolean {
  return (
    kind === undefined &&
    (apiVersion === 'v1' || apiVersion === 'v2') &&
    name !== undefined &&
    version !== undefined
  );
}

/** Configuration that carries apiVersion and kind like an object, and that kubectl never sends to a cluster. */
function isToolConfiguration(apiVersion: string, kind: string): boolean {
  return (
    (apiVersion === 'v1' && kind === 'Config') ||
    /^(?:skaffold\/|(?:[a-z.-]+\.)?(?:config\.k8s\.io|x-k8s\.io|kubeadm\.k8s\.io|k3d\.io)\/)/.test(apiVersion)
  );
}

function review({ request }: Readonly<Record<string, unknown>>): Refusal {
  const { operation, kind, namespace, name } = record(request);
  const subject = isRecord(kind) && typeof kind.kind === 'string' ? kind.kind : 'object';
  const place = [namespace, name].filter((part) => typeof part === 'string' && part !== '').join('/');
  const what = `${typeof operation === 'string' ? operation : 'a request'} of ${subject}${place === '' ? '' : ` ${place}`}`;
  return {
    id: 'manifest/review',
    reason: `it is an AdmissionReview (${what}), not a manifest`,
    remedy: 'replay it in a suite: tollgate test',
  };
}

function noObject(reason: string): Refusal {
  return { id: 'manifest/no-object', reason };
}

function foreign(reason: string): Refusal {
  return { id: 'manifest/no-object', reason, foreign: true };
}
