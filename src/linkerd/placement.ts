import { pointerOf, type JsonPointer } from '../kubernetes/json-pointer.ts';
import { isRecord, stringMap, type KubernetesObject } from '../kubernetes/object.ts';
import { podTemplateOf } from '../kubernetes/pod-template.ts';
import { admissionWebhooksLabel } from './annotation-names.ts';
import { catalogueEntry } from './catalogue.ts';

/** A setting of Linkerd's that stands where Linkerd does not look. */
export interface MisplacedSetting {
  readonly key: string;
  readonly value: string;
  readonly pointer: JsonPointer;
  /** Where it counts. */
  readonly belongs: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
}

/**
 * Finds settings in the wrong place: annotations on a workload's own metadata (or a CronJob's job template) instead
 * of its pod template, annotations written as labels, and labels written as annotations.
 * Source: Linkerd pkg/inject/report.go, pkg/healthcheck/healthcheck_labels.go.
 */
export function misplacedSettings(object: KubernetesObject): readonly MisplacedSetting[] {
  const template = podTemplateOf(object);
  const found: MisplacedSetting[] = [];
  const home = `${template?.pointer ?? ''}/metadata/annotations`;
  const { annotations, labels } = object.metadata;
  if (template && template.pointer !== '') {
    const onJob = jobTemplateAnnotations(object);
    found.push(
      ...misplaced(annotations, isPodSetting, '/metadata/annotations', home, notOnPods),
      ...misplaced(onJob, isPodSetting, '/spec/jobTemplate/metadata/annotations', home, notOnPods),
    );
  }
  found.push(...misplaced(labels, isAnnotationOnly, '/metadata/labels', home, noLabel));
  if (template && template.pointer !== '') {
    const place = `${template.pointer}/metadata/labels`;
    found.push(...misplaced(template.metadata.labels, isAnnotationOnly, place, home, noLabel));
  }
  found.push(
    ...misplaced(annotations, isLabelOnly, '/metadata/annotations', '/metadata/labels', noAnnotation),
  );
  return found;
}

const notOnPods = "does nothing here: Linkerd reads the pod template's annotations";
const noLabel = 'does nothing as a label: it is an annotation';
const noAnnotation = 'does nothing as an annotation: it is a label';

function jobTemplateAnnotations({ spec }: KubernetesObject): unknown {
  const template = isRecord(spec) ? spec.jobTemplate : undefined;
  return isRecord(template) && isRecord(template.metadata) ? template.metadata.annotations : undefined;
}

/** Settings of pods; other keys may well stand on a workload itself. */
function isPodSetting(key: string): boolean {
  return key === 'linkerd.io/inject' || /^config\.(alpha\.|beta\.)?linkerd\.io\//.test(key);
}

function isAnnotationOnly(key: string): boolean {
  return (isPodSetting(key) && key !== admissionWebhooksLabel) || catalogueEntry(key) !== undefined;
}

const labelKeys = new Set([
  admissionWebhooksLabel,
  'mirror.linkerd.io/exported',
  'mirror.linkerd.io/federated',
]);

function isLabelOnly(key: string): boolean {
  return labelKeys.has(key);
}

function misplaced(
  map: unknown,
  matches: (key: string) => boolean,
  place: JsonPointer,
  home: JsonPointer,
  message: string,
): readonly MisplacedSetting[] {
  const entries = stringMap(map);
  // Every one of these keys is of a domain of Linkerd's, and most objects have none of them.
  const keys = Object.keys(entries).filter((key) => key.includes('linkerd.io/') && matches(key));
  return keys.map((key) => ({
    key,
    value: entries[key] ?? '',
    pointer: `${place}${pointerOf(key)}`,
    belongs: `${home}${pointerOf(key)}`,
    message: `${key} ${message}`,
  }));
}
