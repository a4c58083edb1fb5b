import { type JsonPointer, pathOf, pointerOf, valueAt, valueOf } from '../../kubernetes/json-pointer.ts';
import {
  groupOf,
  isRecord,
  stringMap,
  type KubernetesObject,
  type StringMap,
} from '../../kubernetes/object.ts';
import { podTemplateAt, podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { findKind } from '../../kinds.ts';
import { rememberLast } from '../../memo/last.ts';
import type { CustomWorkload } from './custom-workload.ts';
import { customWorkloadOf } from './find-custom.ts';

/** A custom resource that makes pods, with the places where it says what they look like. */
export interface PodPlaces {
  /** The kind's entry in the table; undefined where only the structure tells. */
  readonly known?: CustomWorkload;
  /** The maps of annotations that are there, and that pods get. */
  readonly annotations: readonly AnnotationPlace[];
  /** The pod templates that are there by their structure. */
  readonly templates: readonly PodTemplate[];
  /** Where pods are put into the network of their node. */
  readonly hostNetwork: readonly JsonPointer[];
}

export interface AnnotationPlace {
  readonly pointer: JsonPointer;
  readonly annotations: StringMap;
}

/**
 * Where an object of a kind that is not judged as a workload says what its pods look like: by the table of kinds, and
 * by its structure. Undefined where it makes no pods, as far as is known.
 * @param declared What a convention says of kinds that the table does not have.
 */
export function podPlacesOf(
  object: KubernetesObject,
  declared: readonly CustomWorkload[] = none,
): PodPlaces | undefined {
  return lastPlaces({ object, declared: declared.length === 0 ? none : declared });
}

const none: readonly CustomWorkload[] = [];

interface Question {
  readonly object: KubernetesObject;
  readonly declared: readonly CustomWorkload[];
}

const lastPlaces = rememberLast(
  {
    name: 'pod places of the last object',
    isSame: (one: Question, other: Question) =>
      one.object === other.object && one.declared === other.declared,
  },
  findPlaces,
);

function findPlaces({ object, declared }: Question): PodPlaces | undefined {
  // A workload is judged by its template; what a definition of a kind describes is no pod.
  if (findKind(groupOf(object.apiVersion), object.kind) || podTemplateOf(object)) return undefined;
  const entries = [
    ...[customWorkloadOf(object) ?? []].flat(),
    ...declared.filter(({ group, kind }) => kind === object.kind && group === groupOf(object.apiVersion)),
  ];
  const [known] = entries;
  const templates = templatesIn(object.spec);
  // Of a kind whose places are not known nothing can be said but that it makes pods.
  const named = entries.flatMap((entry) => entry.annotations);
  if (named.length === 0 && templates.length === 0) return undefined;
  const annotations = [...named, ...templates.map((pointer) => `${pointer}/metadata/annotations`)];
  const networks = [
    ...entries.flatMap(({ hostNetwork = [] }) => hostNetwork),
    ...templates.map((pointer) => `${pointer}/spec/hostNetwork`),
  ];
  return {
    ...(known ? { known } : {}),
    annotations: present(object, annotations).flatMap((pointer) => {
      const value = valueAt(object, pointer);
      return isRecord(value) ? [{ pointer, annotations: stringMap(value) }] : [];
    }),
    templates: templates.flatMap((pointer) => podTemplateAt(valueAt(object, pointer), pointer) ?? []),
    hostNetwork: present(object, networks).filter((pointer) => valueAt(object, pointer) === true),
  };
}

/** The pointers that paths with `*` lead to, each once. */
function present(object: KubernetesObject, paths: readonly string[]): readonly JsonPointer[] {
  return [...new Set(paths.flatMap((path) => expand(object, pathOf(path))))];
}

function expand(value: unknown, [key, ...rest]: readonly string[], pointer = ''): readonly JsonPointer[] {
  if (key === undefined) return value === undefined ? [] : [pointer];
  if (key !== '*') return expand(valueOf(value, key), rest, pointer + pointerOf(key));
  const keys = Array.isArray(value)
    ? value.map((_, index) => index)
    : isRecord(value)
      ? Object.keys(value)
      : [];
  return keys.flatMap((entry) => expand(valueOf(value, String(entry)), rest, pointer + pointerOf(entry)));
}

/** How much of a custom resource is searched: it may be of any size, and what is found so is a warning at most. */
export const most = { depth: 12, values: 2000 } as const;

/**
 * The pod templates below a value: maps with a list of containers in their spec, under a key that ends in "template" or
 * "templateSpec". No more than so many values are looked at, as deep as real resources go: where
 * only the structure tells, what is found is no more than a warning.
 */
function templatesIn(spec: unknown): readonly JsonPointer[] {
  const found: JsonPointer[] = [];
  let left: number = most.values;
  const walk = (value: unknown, pointer: JsonPointer, key: string, depth: number): void => {
    if (depth > most.depth || left <= 0 || typeof value !== 'object' || value === null) return;
    left -= 1;
    if (/template(?:spec)?$/i.test(key) && isTemplate(value)) {
      found.push(pointer);
      return;
    }
    const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value);
    for (const [name, below] of entries)
      walk(below, pointer + pointerOf(name), typeof name === 'string' ? name : key, depth + 1);
  };
  walk(spec, '/spec', 'spec', 0);
  return found;
}

function isTemplate(value: object): boolean {
  return isRecord(value) && isRecord(value.spec) && Array.isArray(value.spec.containers);
}
