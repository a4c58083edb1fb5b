import type { LabelConvention, LabelSource } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { isLabelValue } from '../../kubernetes/label-syntax.ts';

/** Derives the value of a label from its source; undefined where the source has none. */
export function deriveLabelValue(
  source: LabelSource,
  object: KubernetesObject,
  template: PodTemplate,
  inventory: Inventory,
): string | undefined {
  const namespaceName = object.metadata.namespace ?? 'default';
  if ('firstOf' in source) {
    for (const candidate of source.firstOf) {
      const value = deriveLabelValue(candidate, object, template, inventory);
      if (value !== undefined) return value;
    }
    return undefined;
  }
  if ('podLabel' in source) return present(template.labels, source.podLabel);
  if ('namespaceLabel' in source) {
    const namespace = inventory.namespace(namespaceName);
    return namespace && present(labelsOf(namespace), source.namespaceLabel);
  }
  if ('workloadName' in source) return object.metadata.name;
  if ('namespaceName' in source) return namespaceName;
  if ('serviceAccount' in source) {
    const { serviceAccountName } = template.spec;
    return typeof serviceAccountName === 'string' && serviceAccountName !== ''
      ? serviceAccountName
      : 'default';
  }
  return source.literal;
}

/** The sources of a label in words, for the message that no one had a value. */
export function describeLabelSource(source: LabelSource): string {
  if ('firstOf' in source) return source.firstOf.map(describeLabelSource).join(', then ');
  if ('podLabel' in source) return `the pod label ${source.podLabel}`;
  if ('namespaceLabel' in source) return `the namespace label ${source.namespaceLabel}`;
  if ('workloadName' in source) return 'the name of the workload';
  if ('namespaceName' in source) return 'the name of the namespace';
  if ('serviceAccount' in source) return 'the service account';
  return `"${source.literal}"`;
}

/** An empty value says nothing, so it counts as none. */
function present(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) && labels[key] !== '' ? labels[key] : undefined;
}

/** Why a label may not have a value, as the predicate of a sentence; undefined where it may. */
export function valueObstacle({ allowed, pattern }: LabelConvention, value: string): string | undefined {
  if (!isLabelValue(value))
    return `is "${value}", which is no label value (63 characters of A-Z a-z 0-9 - _ .)`;
  if (allowed && !allowed.includes(value)) return `is "${value}", which is none of ${allowed.join(', ')}`;
  if (pattern && !pattern.test(value)) return `is "${value}", which does not match ${pattern.source}`;
  return undefined;
}
