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
  const find = (
    map: unknown,
    matches: (key: string) => boolean,
    place: JsonPointer,
    belongs: JsonPointer,
    message: string,
  ) => {
    for (const [key, value] of Object.entries(stringMap(map))) {
      // Every one of these keys is of a domain of Linkerd's, and most objects have none of them.
      if (!key.includes('linkerd.io/') || !matches(key)) continue;
      const at = pointerOf(key);
      found.push({ key, value, pointer: place + at, belongs: belongs + at, message: `${key} ${message}` });
    }
  };
  const { annotations, labels } = object.metadata;
  if (template && template.pointer !== '') {
    const onJob = jobTemplateAnnotations(object);
    find(annotations, isPodSetting, '/metadata/annotations', home, notOnPods);
    find(onJob, isPodSetting, '/spec/jobTemplate/metadata/annotations', home, notOnPods);
  }
  find(labels, isAnnotationOnly, '/metadata/labels', home, noLabel);
  if (template && template.pointer !== '')
    find(template.metadata.labels, isAnnotationOnly, `${template.pointer}/metadata/labels`, home, noLabel);
  find(annotations, isLabelOnly, '/metadata/annotations', '/metadata/labels', noAnnotation);
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
