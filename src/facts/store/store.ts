import type { StoreClient, StoreConvention } from '../../conventions/convention/convention.ts';
import { storeKindOfName } from '../../conventions/document/store-kinds.ts';
import { selectsLabels } from '../../kubernetes/label-selector.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf, type PodTemplate } from '../../kubernetes/pod-template.ts';
import { containerPorts, type ContainerPort } from '../../linkerd/index.ts';
import type { RuleContext, Subject } from '../subject.ts';
import { rememberInScope } from '../../memo/scope.ts';
import { isFromJudgedTemplate } from '../workload/template-owner.ts';
import { podOfSubject } from '../workload/workload-pod.ts';
import { plural } from '../../text/plural.ts';
import { declaredClients } from './declared-clients.ts';
import { recognisedStore } from './recognised-store.ts';
import { ascending, clientPorts, speaksBytesAs, storeOfKind, type Description } from './store-ports.ts';

/** The label by which a pod template says what store it is, or with `none` that it is no store. */
const storeLabel = 'tollgate.dev/store';

/** A workload that is a database or a broker. */
export interface Store extends Description {
  readonly object: KubernetesObject;
  readonly template: PodTemplate;
  /** The other TCP ports that its containers declare: for its members, for management, for metrics. */
  readonly otherPorts: readonly number[];
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
    const clients = stated?.clients ?? declaredClients(template)?.clients;
    const found = stated
      ? statedStore(stated, declared)
      : (labelledStore(template, declared) ?? recognisedStore(object, template, declared, context));
    if (!found || found.ports.length === 0) return undefined;
    const otherPorts = ascending(declared.map(({ port }) => port)).filter(
      (port) => !found.ports.includes(port),
    );
    return { ...found, otherPorts, object, template, ...(clients ? { clients } : {}) };
  },
);

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

/** `PostgreSQL on port 5432`, `MongoDB on ports 27017 and 27018`. */
export function storeInWords(name: string, ports: readonly number[]): string {
  return `${name} on ${plural(ports.length, 'port')} ${ports.join(' and ')}`;
}
