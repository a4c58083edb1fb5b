import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { groupOf, isRecord, stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { findKind } from '../../kinds.ts';
import { rememberLast } from '../../memo/last.ts';
import { most, type AnnotationPlace } from './pod-places.ts';

/**
 * Every map of annotations in a custom resource, its own metadata included: by their names, since what operators call
 * them is all that they have in common (`annotations`, `podAnnotations`). Nothing is known of where they go, to pods or
 * to a Service.
 */
export function annotationMapsOf(object: KubernetesObject): readonly AnnotationPlace[] {
  return lastMaps(object);
}

const lastMaps = rememberLast({ name: 'annotation maps of the last object' }, findMaps);

/** Groups whose objects describe others by patterns and schemas: what they hold is no object's annotation. */
const describing: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'constraints.gatekeeper.sh',
  'kyverno.io',
  'mutations.gatekeeper.sh',
  'policies.kyverno.io',
  'templates.gatekeeper.sh',
  'tollgate.dev',
]);

function findMaps(object: KubernetesObject): readonly AnnotationPlace[] {
  const group = groupOf(object.apiVersion);
  // Kubernetes' own kinds are known: what has no pods there has none.
  if (!group.includes('.') || /(^|\.)k8s\.io$/.test(group) || describing.has(group)) return [];
  if (findKind(group, object.kind) || podTemplateOf(object)) return [];
  const found: AnnotationPlace[] = [];
  let left: number = most.values;
  const walk = (value: unknown, pointer: JsonPointer, depth: number): void => {
    if (depth > most.depth || left <= 0 || typeof value !== 'object' || value === null) return;
    left -= 1;
    const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value);
    for (const [name, below] of entries) {
      const at = pointer + pointerOf(name);
      if (typeof name === 'string' && /annotations$/i.test(name) && isRecord(below))
        found.push({ pointer: at, annotations: stringMap(below) });
      else walk(below, at, depth + 1);
    }
  };
  walk({ metadata: { annotations: object.metadata.annotations }, spec: object.spec }, '', 0);
  return found;
}
