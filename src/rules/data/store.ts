import { isRecord, stringMap, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { containerPorts, type ContainerPort } from '../../linkerd/index.ts';
import { oncePerJudgement } from '../once.ts';
import { carriesItsOwnersTemplate } from '../template-owner.ts';
import { storeKindOfImage, storeKindOfName, storeKindOfPort, type StoreKind } from './store-kinds.ts';

/** The label by which a pod template says what store it is, or with `none` that it is no store. */
export const storeLabel = 'tollgate.dev/store';

/** A workload that is a database or a broker. */
export interface Store {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  /** What it is called in messages. */
  readonly name: string;
  /** The ports on which it takes clients, in ascending order; never empty. */
  readonly ports: readonly number[];
}

/** The store that a workload is; undefined for other workloads, and for what a controller made from a template. */
export const storeOf = oncePerJudgement(({ object }): Store | undefined => {
  const template = podTemplateOf(object);
  if (!template || carriesItsOwnersTemplate(object)) return undefined;
  const declared = containerPorts(template.spec).filter(({ protocol }) => protocol === 'TCP');
  const label = stringMap(template.metadata.labels)[storeLabel];
  if (label !== undefined) return labelledStore(object, template, label, declared);
  const kind = kindOf(object, template, declared);
  return kind && { object, template, name: kind.name, ports: clientPorts(kind, declared) };
});

/** A name that is none of ours is a store all the same, on all its ports. */
function labelledStore(
  object: KubernetesObject,
  template: PodTemplate,
  label: string,
  declared: readonly ContainerPort[],
): Store | undefined {
  if (label === 'none' || label === '') return undefined;
  const kind = storeKindOfName(label);
  const ports = kind ? clientPorts(kind, declared) : ascending(declared.map(({ port }) => port));
  return ports.length === 0 ? undefined : { object, template, name: kind?.name ?? label, ports };
}

function kindOf(
  object: KubernetesObject,
  { spec }: PodTemplate,
  declared: readonly ContainerPort[],
): StoreKind | undefined {
  for (const { name, port } of declared) {
    const kind = storeKindOfPort(port, name);
    if (kind) return kind;
  }
  const containers: readonly unknown[] = Array.isArray(spec.containers) ? spec.containers : [];
  for (const container of containers) {
    if (!isRecord(container) || typeof container.image !== 'string') continue;
    const kind = storeKindOfImage(container.image);
    if (kind && serves(object, container, kind, declared)) return kind;
  }
  return undefined;
}

/**
 * The image of a store also holds its clients and its watchdogs: what declares other ports alone is no server, nor what
 * declares none and runs a command of its own.
 */
function serves(
  { kind: workloadKind }: KubernetesObject,
  { command }: Readonly<Record<string, unknown>>,
  { ports }: StoreKind,
  declared: readonly ContainerPort[],
): boolean {
  if (declared.some(({ port }) => ports.includes(port))) return true;
  return (
    declared.length === 0 && command === undefined && workloadKind !== 'Job' && workloadKind !== 'CronJob'
  );
}

function clientPorts({ portNames, ports }: StoreKind, declared: readonly ContainerPort[]): readonly number[] {
  const own = declared.filter(
    ({ name, port }) => ports.includes(port) || (name !== undefined && portNames.has(name)),
  );
  return own.length === 0 ? [ports[0]] : ascending(own.map(({ port }) => port));
}

function ascending(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].toSorted((left, right) => left - right);
}

/** `PostgreSQL on port 5432`, `MongoDB on ports 27017 and 27018`. */
export function storeInWords(name: string, ports: readonly number[]): string {
  return `${name} on port${ports.length > 1 ? 's' : ''} ${ports.join(' and ')}`;
}
