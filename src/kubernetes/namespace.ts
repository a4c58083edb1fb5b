import { isRecord, labelsOf, type KubernetesObject, type StringMap } from './object.ts';

/** What policies and conventions need to know of a namespace. */
export interface NamespaceIdentity {
  readonly name: string;
  readonly labels: StringMap;
}

/** The label that the API server puts on every namespace. */
export const nameLabel = 'kubernetes.io/metadata.name';

/** The identity of a namespace; of one nobody has seen, the name label is all that is known. */
export function namespaceIdentity(name: string, namespace?: KubernetesObject): NamespaceIdentity {
  return { name, labels: withNameLabel(name, namespace ? labelsOf(namespace) : {}) };
}

/** A namespace's labels with the one that the API server puts on it; mostly it is there. */
export function withNameLabel(name: string, labels: StringMap): StringMap {
  return Object.hasOwn(labels, nameLabel) && labels[nameLabel] === name
    ? labels
    : { ...labels, [nameLabel]: name };
}

/** Whether a namespace is being emptied: whatever is in it must be let go. */
export function isTerminating(namespace: KubernetesObject): boolean {
  const { status } = namespace;
  return (
    namespace.metadata.deletionTimestamp !== undefined || (isRecord(status) && status.phase === 'Terminating')
  );
}
