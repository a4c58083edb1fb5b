import { type JsonPointer, pointerOf } from '../../kubernetes/json-pointer.ts';
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
