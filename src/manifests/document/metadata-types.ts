import { type JsonPointer, pathOf, pointerOf } from '../../kubernetes/json-pointer.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { describeType, type Refusal } from './refusal.ts';

/**
 * Finds metadata that the API server can't decode, so that the object would never be stored: a name, namespace, label
 * or annotation that YAML reads as a number or a boolean because it lacks quotes, or no name at all.
 */
export function refuseMetadata(object: KubernetesObject): Refusal | undefined {
  const { name, generateName, namespace }: Readonly<Record<string, unknown>> = object.metadata;
  if ((name ?? '') === '' && (generateName ?? '') === '') {
    return { id: 'manifest/metadata', reason: 'metadata.name is missing', pointer: '/metadata' };
  }
  for (const [field, value] of Object.entries({ name, generateName, namespace })) {
    if (!isText(value)) return wrongType(pointerOf('metadata', field), `metadata.${field}`, value);
  }
  const template = podTemplateOf(object);
  return (
    refuseMaps('/metadata', object.metadata) ??
    (template ? refuseMaps(`${template.pointer}/metadata`, template.metadata) : undefined)
  );
}

function refuseMaps(pointer: JsonPointer, metadata: Readonly<Record<string, unknown>>): Refusal | undefined {
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field];
    const path = `${pointer.slice(1).replaceAll('/', '.')}.${field}`;
    if (map !== undefined && map !== null && !isRecord(map)) {
      const reason = `${path} is ${describeType(map)}, expected a map`;
      return { id: 'manifest/metadata', reason, pointer: `${pointer}/${field}` };
    }
    for (const [key, value] of Object.entries(map ?? {})) {
      if (!isText(value)) {
        return wrongType(pointer + pointerOf(field, key), `${path}[${JSON.stringify(key)}]`, value);
      }
    }
  }
  return undefined;
}

/**
 * A workload as its author meant it: with quotes around the numbers and booleans among its annotations, so that one of them does not
 * hide what else is wrong. Undefined where it takes more: of a label nobody knows how it was meant (1.10 is 1.1), and what
 * covers others is never taken for what it is not.
 */
export function asMeant(object: KubernetesObject): KubernetesObject | undefined {
  const template = podTemplateOf(object);
  if (!template) return undefined;
  const metadata = quoted(object.metadata);
  const spec =
    template.pointer === '' ? object.spec : withMetadata(object, template.pointer, quoted(template.metadata));
  const meant: KubernetesObject = { ...object, metadata, spec };
  return refuseMetadata(meant) === undefined ? meant : undefined;
}

function quoted(metadata: KubernetesObject['metadata']): KubernetesObject['metadata'] {
  const written: unknown = metadata.annotations;
  if (!isRecord(written)) return metadata;
  const annotations = Object.fromEntries(
    Object.entries(written).map(([key, value]) => [key, isScalar(value) ? JSON.stringify(value) : value]),
  ) as NonNullable<typeof metadata.annotations>;
  return { ...metadata, annotations };
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

/** The spec with other metadata in the pod template at a pointer. */
function withMetadata(object: KubernetesObject, pointer: JsonPointer, metadata: object): unknown {
  const replace = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
    if (key === undefined) return { ...(isRecord(value) ? value : {}), metadata };
    return isRecord(value) ? { ...value, [key]: replace(value[key], rest) } : value;
  };
  return replace(object.spec, pathOf(pointer).slice(1));
}

/** The API server takes null for an absent string. */
function isText(value: unknown): boolean {
  return typeof value === 'string' || value === undefined || value === null;
}

function wrongType(pointer: JsonPointer, path: string, value: unknown): Refusal {
  return {
    id: 'manifest/metadata',
    reason: `${path} is ${describeType(value)}, which the API server refuses`,
    ...(typeof value === 'object' ? {} : { remedy: `put it in quotes: "${JSON.stringify(value)}"` }),
    pointer,
  };
}
