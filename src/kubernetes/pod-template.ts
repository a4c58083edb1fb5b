import { isRecord, stringMap, type KubernetesObject, type ObjectMeta, type StringMap } from './object.ts';
import type { JsonPointer } from './json-pointer.ts';
import { rememberLast } from '../memo/last.ts';
import { record, records } from './read.ts';

/** Where an object says what its pods look like. */
export interface PodTemplate {
  /** Pointer to the object that holds `metadata` and `spec`: empty for a Pod, which is its own template. */
  readonly pointer: JsonPointer;
  /** The template's metadata; an empty object where the template has none. */
  readonly metadata: ObjectMeta;
  /** What is a string of the metadata's labels and annotations. */
  readonly labels: StringMap;
  readonly annotations: StringMap;
  readonly spec: Readonly<Record<string, unknown>>;
}

/**
 * Finds the pod template of any object by its structure, so that custom workloads (Rollouts, DeploymentConfigs)
 * count as well: a Pod itself, `spec.template`, or `spec.jobTemplate.spec.template` with a list of containers.
 */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  return lastTemplate(object);
}

/** Of the last object: nobody changes objects, and one after the other each is asked for its template many times. */
const lastTemplate = rememberLast({ name: 'pod template of the last object' }, findTemplate);

function findTemplate(object: KubernetesObject): PodTemplate | undefined {
  if (object.kind === 'Pod') return isRecord(object.spec) ? podTemplateAt(object, '') : undefined;
  const spec = object.spec;
  if (!isRecord(spec)) return undefined;
  if (isRecord(spec.jobTemplate) && isRecord(spec.jobTemplate.spec)) {
    return podTemplateAt(spec.jobTemplate.spec.template, '/spec/jobTemplate/spec/template');
  }
  return podTemplateAt(spec.template, '/spec/template');
}

/** A value as the pod template that stands at a pointer; undefined where it is none. */
export function podTemplateAt(template: unknown, pointer: JsonPointer): PodTemplate | undefined {
  if (!isRecord(template) || !isRecord(template.spec) || !Array.isArray(template.spec.containers))
    return undefined;
  const metadata: ObjectMeta = record(template.metadata);
  const [labels, annotations] = [stringMap(metadata.labels), stringMap(metadata.annotations)];
  return { pointer, metadata, labels, annotations, spec: template.spec };
}

/** The containers of a pod spec, init containers first, anything that is not an object left out. */
export function containersOf(spec: PodTemplate['spec']): readonly Readonly<Record<string, unknown>>[] {
  return [spec.initContainers, spec.containers].flatMap(records);
}
