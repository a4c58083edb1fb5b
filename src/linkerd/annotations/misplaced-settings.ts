import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { isRecord, stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { admissionWebhooksLabel } from '../installation/installation.ts';
import { catalogueEntry } from './catalogue.ts';

/** A Linkerd setting in a place that Linkerd does not read. */
export interface MisplacedSetting {
  readonly key: string;
  readonly value: string;
  readonly pointer: JsonPointer;
  /** The place where Linkerd reads it. */
  readonly belongs: JsonPointer;
  /** One sentence without a full stop. */
  readonly message: string;
}

/**
 * Finds settings in the wrong place: annotations on a workload's own metadata (or a CronJob's job template) instead
 * of its pod template, annotations written as labels, and labels written as annotations.
 * Source: Linkerd pkg/inject/report.go, pkg/healthcheck/healthcheck_labels.go.
 *
 * @param object Any Kubernetes object.
 * @returns Each setting with the JSON pointer to it and to the place where Linkerd reads it.
 * @example
 * const deployment = {
 *   apiVersion: 'apps/v1',
 *   kind: 'Deployment',
 *   metadata: { name: 'web', annotations: { 'linkerd.io/inject': 'enabled' } },
 *   spec: { template: { spec: { containers: [] } } },
 * };
 * misplacedSettings(deployment).map(({ pointer }) => pointer); // ['/metadata/annotations/linkerd.io~1inject']
 */
export function misplacedSettings(object: KubernetesObject): readonly MisplacedSetting[] {
  const template = podTemplateOf(object);
  const pointer = template?.pointer ?? '';
  const home = `${pointer}/metadata/annotations`;
  const { annotations, labels } = object.metadata;
  const own = pointer === '' ? undefined : template;
  const jobTemplate = own && jobTemplateAnnotations(object);
  return [
    ...misplacedIn(own && annotations, notOnPods, '/metadata/annotations', home),
    ...misplacedIn(jobTemplate, notOnPods, '/spec/jobTemplate/metadata/annotations', home),
    ...misplacedIn(labels, noLabel, '/metadata/labels', home),
    ...misplacedIn(own?.metadata.labels, noLabel, `${pointer}/metadata/labels`, home),
    ...misplacedIn(annotations, noAnnotation, '/metadata/annotations', '/metadata/labels'),
  ];
}

/** Which keys are misplaced in a map, and what they do there. */
interface Misplacement {
  readonly matches: (key: string) => boolean;
  readonly effect: string;
}

const notOnPods: Misplacement = {
  matches: isPodSetting,
  effect: "does nothing here: Linkerd reads the pod template's annotations",
};

const noLabel: Misplacement = {
  matches: isAnnotationOnly,
  effect: 'does nothing as a label: it is an annotation',
};

const noAnnotation: Misplacement = {
  matches: isLabelOnly,
  effect: 'does nothing as an annotation: it is a label',
};

function misplacedIn(
  map: unknown,
  { matches, effect }: Misplacement,
  place: JsonPointer,
  home: JsonPointer,
): readonly MisplacedSetting[] {
  const found: MisplacedSetting[] = [];
  for (const [key, value] of Object.entries(stringMap(map))) {
    // Most objects have no key of Linkerd's domains, so this is the cheapest check.
    if (!key.includes('linkerd.io/') || !matches(key)) continue;
    const at = pointerOf(key);
    found.push({ key, value, pointer: place + at, belongs: home + at, message: `${key} ${effect}` });
  }
  return found;
}

function jobTemplateAnnotations({ spec }: KubernetesObject): unknown {
  const template = isRecord(spec) ? spec.jobTemplate : undefined;
  return isRecord(template) && isRecord(template.metadata) ? template.metadata.annotations : undefined;
}

/** Settings of pods; other keys may be valid on a workload itself. */
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
