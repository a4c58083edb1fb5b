import type { StoreClient, StoreConvention } from '../../conventions/convention/convention.ts';
import {
  storeKindOfImage,
  storeKindOfName,
  storeKindOfPort,
  type StoreKind,
} from '../../conventions/document/store-kinds.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { isRecord, labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { containerPorts, opaqueProtocolOf, type ContainerPort } from '../../linkerd/index.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { rememberInScope } from '../../memo/scope.ts';
import { isFromJudgedTemplate } from '../workload/template-owner.ts';
import { podOfSubject } from '../workload/workload-pod.ts';
import { plural } from '../../text/plural.ts';
import { list } from '../../kubernetes/read.ts';

/** The label by which a pod template says what store it is, or with `none` that it is no store. */
const storeLabel = 'tollgate.dev/store';

/** Names the clients of a store: `namespace/service-account`, with `*` for all accounts, and commas between them. */
const clientsAnnotation = 'tollgate.dev/clients';

/** A workload that is a database or a broker. */
export interface Store {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  /** What it is called in messages. */
  readonly name: string;
  /** The ports on which it takes clients, in ascending order; never empty. */
  readonly ports: readonly number[];
  /** Whether nothing is to be looked for in the bytes of a port. */
  readonly speaksBytes: (port: number) => boolean;
  /** Who may use it; undefined where nobody has said so. */
  readonly clients?: readonly StoreClient[];
}

/**
 * The store that a workload is: by what its convention says, by its label, or by what it looks like. Undefined for other
 * workloads, and for what a controller made from a template.
 */
export const storeOf = rememberInScope(
  { name: 'store that the subject is' },
  (subject: Subject, context: RuleContext): Store | undefined => {
    const { object } = subject;
    const template = podTemplateOf(object);
    if (!template || isFromJudgedTemplate(subject, context)) return undefined;
    const declared = containerPorts(template.spec).filter(({ protocol }) => protocol === 'TCP');
    const stores = context.convention?.stores ?? [];
    const pod = stores.length > 0 ? podOfSubject(subject, context) : undefined;
    const stated = pod && stores.find(({ selector }) => selectsLabels(selector, labelsOf(pod)));
    const clients = stated?.clients ?? clientsDeclaredBy(template);
    const found = stated
      ? statedStore(stated, declared)
      : (labelledStore(template, declared) ?? recognisedStore(object, template, declared));
    if (!found || found.ports.length === 0) return undefined;
    return { ...found, object, template, ...(clients ? { clients } : {}) };
  },
);

type Description = Pick<Store, 'name' | 'ports' | 'speaksBytes'>;

function statedStore(
  { name, ports, protocol }: StoreConvention,
  declared: readonly ContainerPort[],
): Description {
  const kind = protocol === undefined ? undefined : storeKindOfName(protocol);
  const usual = kind ? clientPorts(kind, declared) : [];
  return { name, ports: ports ? ascending(ports) : usual, speaksBytes: speaksBytesAs(kind) };
}

/** A name that is none of ours is a store all the same, on all its ports; `none` is none. */
function labelledStore({ labels }: PodTemplate, declared: readonly ContainerPort[]): Description | undefined {
  const label = labels[storeLabel];
  if (label === undefined) return undefined;
  const kind = storeKindOfName(label);
  if (kind) return storeOfKind(kind, declared);
  const ports = label === 'none' || label === '' ? [] : ascending(declared.map(({ port }) => port));
  return { name: label, ports, speaksBytes: speaksBytesAs(undefined) };
}

function recognisedStore(
  object: KubernetesObject,
  template: PodTemplate,
  declared: readonly ContainerPort[],
): Description | undefined {
  const kind = kindOf(object, template, declared);
  return kind && storeOfKind(kind, declared);
}

function storeOfKind(kind: StoreKind, declared: readonly ContainerPort[]): Description {
  return { name: kind.name, ports: clientPorts(kind, declared), speaksBytes: speaksBytesAs(kind) };
}

/** Of a store of no known kind only its ports tell. */
function speaksBytesAs(kind: StoreKind | undefined): Store['speaksBytes'] {
  return (port) => (kind ? !kind.speaksHttp(port) : opaqueProtocolOf(port) !== undefined);
}

/** A blank annotation declares nobody in particular. */
function clientsDeclaredBy({ annotations }: PodTemplate): readonly StoreClient[] | undefined {
  const text = annotations[clientsAnnotation];
  if (!text) return undefined;
  const clients = text.split(',').flatMap((entry): StoreClient[] => {
    const [namespace = '', account = ''] = entry.trim().split('/');
    if (namespace === '' || account === '') return [];
    return [account === '*' ? { namespace } : { namespace, serviceAccount: account }];
  });
  return clients.length > 0 ? clients : undefined;
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
  return `${name} on ${plural(ports.length, 'port')} ${ports.join(' and ')}`;
}
