import {
  storeKindOfImage,
  storeKindOfName,
  storeKindOfNumber,
  storeKindOfPort,
  type StoreKind,
} from '../../conventions/document/store-kinds.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { list, record, records } from '../../kubernetes/read.ts';
import { containerPorts, type ContainerPort } from '../../linkerd/index.ts';
import { leadsTo } from '../mesh/leading-services.ts';
import type { RuleContext } from '../subject.ts';
import { ascending, speaksBytesAs, storeOfKind, type Description } from './store-ports.ts';

/** The store that a workload looks like: by the names and numbers of its ports, its images and its operator's labels. */
export function recognisedStore(
  object: KubernetesObject,
  template: PodTemplate,
  declared: readonly ContainerPort[],
  context: RuleContext,
): Description | undefined {
  const listeners = strimziListeners(template, declared);
  const kafka = listeners.length > 0 ? storeKindOfName('kafka') : undefined;
  if (kafka) return { name: kafka.name, ports: listeners, speaksBytes: speaksBytesAs(kafka) };
  const kind = kindOf(object, template, declared) ?? kindByNumber(object, template, declared, context);
  return kind && storeOfKind(kind, declared, ownPorts(object, template, kind));
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
  const containers = list(spec.containers);
  for (const container of containers) {
    if (!isRecord(container) || typeof container.image !== 'string') continue;
    const kind = storeKindOfImage(container.image);
    if (kind && serves(object, container, kind, declared)) return kind;
  }
  return undefined;
}

/**
 * The listeners of a broker that Strimzi's operator runs, which users call what they like: `tcp-<name>` on any port from
 * 9092. Those below are for the brokers themselves.
 * Source: strimzi-kafka-operator cluster-operator model/ListenersUtils.java.
 */
function strimziListeners({ labels }: PodTemplate, declared: readonly ContainerPort[]): readonly number[] {
  if (labels['strimzi.io/kind'] !== 'Kafka') return [];
  return ascending(
    declared.flatMap(({ name, port }) => (name?.startsWith('tcp-') && port >= 9092 ? [port] : [])),
  );
}

/** An unnamed port that stores of one kind have: in a StatefulSet, or where a Service calls it by the protocol. */
function kindByNumber(
  object: KubernetesObject,
  template: PodTemplate,
  declared: readonly ContainerPort[],
  { inventory }: RuleContext,
): StoreKind | undefined {
  for (const { name, port } of declared) {
    const kind = name === undefined ? storeKindOfNumber(port) : undefined;
    if (!kind) continue;
    if (object.kind === 'StatefulSet') return kind;
    for (const service of inventory.services(object.metadata.namespace ?? 'default'))
      if (leadsTo(service, template) && isCalledAfter(service, port, kind)) return kind;
  }
  return undefined;
}

function isCalledAfter({ spec }: KubernetesObject, port: number, kind: StoreKind): boolean {
  return records(record(spec).ports).some(
    ({ name, port: front, targetPort = front }) =>
      targetPort === port && typeof name === 'string' && storeKindOfPort(port, name) === kind,
  );
}

/** The unnamed ports of the container that runs the image of a store, whatever their numbers. */
function ownPorts(object: KubernetesObject, { spec }: PodTemplate, kind: StoreKind): readonly number[] {
  return records(spec.containers).flatMap((container) =>
    typeof container.image === 'string' &&
    storeKindOfImage(container.image) === kind &&
    runsServer(object, container)
      ? unnamed(container)
      : [],
  );
}

function unnamed(container: Readonly<Record<string, unknown>>): readonly number[] {
  return containerPorts({ containers: [container] })
    .filter(({ name, protocol }) => name === undefined && protocol === 'TCP')
    .map(({ port }) => port);
}

/** Whether a container runs what its image is for, and is not there for once. */
function runsServer({ kind }: KubernetesObject, { command }: Readonly<Record<string, unknown>>): boolean {
  return command === undefined && kind !== 'Job' && kind !== 'CronJob';
}

/**
 * The image of a store also holds its clients and its watchdogs: what declares other ports alone is no server, nor what
 * declares none and runs a command of its own.
 */
function serves(
  object: KubernetesObject,
  container: Readonly<Record<string, unknown>>,
  { ports }: StoreKind,
  declared: readonly ContainerPort[],
): boolean {
  if (declared.some(({ port }) => ports.includes(port))) return true;
  return runsServer(object, container) && (declared.length === 0 || unnamed(container).length > 0);
}
