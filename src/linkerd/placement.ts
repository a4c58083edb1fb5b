import { pointerOf, valueAt, type JsonPointer } from '../kubernetes/json-pointer.ts';
import { stringMap, type KubernetesObject } from '../kubernetes/object.ts';
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
  const isWorkload = template !== undefined && template.pointer !== '';
  const home = `${template?.pointer ?? ''}/metadata/annotations`;
  const labelPlaces = ['/metadata/labels', ...(isWorkload ? [`${template.pointer}/metadata/labels`] : [])];
  const annotationPlaces = isWorkload
    ? ['/metadata/annotations', '/spec/jobTemplate/metadata/annotations']
    : [];
  return [
    ...annotationPlaces.flatMap((place) =>
      entriesAt(object, place, isPodSetting).map(([key, value]) =>
        misplaced(
          key,
          value,
          place,
          home,
          `${key} does nothing here: Linkerd reads the pod template's annotations`,
        ),
      ),
    ),
    ...labelPlaces.flatMap((place) =>
      entriesAt(object, place, isAnnotationOnly).map(([key, value]) =>
        misplaced(key, value, place, home, `${key} does nothing as a label: it is an annotation`),
      ),
    ),
    ...entriesAt(object, '/metadata/annotations', isLabelOnly).map(([key, value]) =>
      misplaced(
        key,
        value,
        '/metadata/annotations',
        '/metadata/labels',
        `${key} does nothing as an annotation: it is a label`,
      ),
    ),
  ];
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

function entriesAt(
  object: KubernetesObject,
  pointer: JsonPointer,
  matches: (key: string) => boolean,
): readonly (readonly [string, string])[] {
  return Object.entries(stringMap(valueAt(object, pointer))).filter(([key]) => matches(key));
}

function misplaced(
  key: string,
  value: string,
  place: JsonPointer,
  home: JsonPointer,
  message: string,
): MisplacedSetting {
  return { key, value, pointer: `${place}${pointerOf(key)}`, belongs: `${home}${pointerOf(key)}`, message };
}
