import {
  deniedNameLookup,
  evaluateSelector,
  type Policy,
  podLabels,
  type TrailStep,
} from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, referenceOf, stringMap } from '../../kubernetes/object.ts';
import { isClusterWide } from '../../kubernetes/object-class.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { namesInWords, stepInWords } from '../gate/words.ts';
import { becomesMeshed, meshWorkloadOf } from '../mesh/mesh-workload.ts';
import { nameOf } from '../object-name.ts';
import type { Finding, Rule, RuleContext, Subject } from '../rule.ts';
import { podFrom } from '../workload-pod.ts';
import { policyOf } from './policy-of.ts';

/**
 * The pods of a namespace can't ask the cluster's name server, since egress is denied and no rule opens port 53: the
 * first thing that breaks when a default-deny comes. Only pods that exist count, and only those whose policies don't
 * speak of that port at all.
 */
export const dnsBlocked: Rule = {
  id: 'policy/dns-blocked',
  title: 'The pods of a namespace cannot look up names because egress to the name server is denied',
  appliesTo: { kinds: ['Namespace', 'policy'], operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  tellsOfChange: true,
  check: (subject, context) => {
    const { object, operation } = subject;
    if (object.kind === 'Namespace') {
      return operation === 'STATE' && context.convention ? blockedIn(object, context) : [];
    }
    return operation === 'STATE' ? [] : blockedBy(subject, context);
  },
};

/** Pods that are looked at in one namespace, and for one policy in all. */
const maximumPods = 40;
/** Namespaces that are searched for pods that a policy selects. */
const maximumNamespaces = 200;

interface Blocked {
  readonly workload: KubernetesObject;
  readonly step: TrailStep;
}

/** Of workloads that will be meshed `mesh/control-plane-blocked` tells, with all else that their proxies need. */
function blockedIn(namespace: KubernetesObject, context: RuleContext): readonly Finding[] {
  const { inventory } = context;
  const { name = '' } = namespace.metadata;
  if (isTerminating(namespace)) return [];
  const isMeshed = (object: KubernetesObject) => {
    const workload = meshWorkloadOf({ operation: 'STATE', object }, { ...context });
    return workload !== undefined && becomesMeshed(workload);
  };
  const workloads = [...inventory.workloads(name)]
    .slice(0, maximumPods)
    .filter((object) => !isMeshed(object));
  const blocked = workloads.flatMap((workload) => blockedWorkload(workload, inventory) ?? []);
  const [first] = blocked;
  if (!first) return [];
  const who = namesInWords(blocked.map(({ workload }) => workload.metadata.name ?? ''));
  return [
    {
      rule: 'policy/dns-blocked',
      object: referenceOf(namespace),
      pointer: '',
      message: `namespace "${name}": the pods of ${who} cannot look up names, egress to UDP 53 is denied`,
      expected,
      witness: stepInWords(first.step, 'Egress'),
    },
  ];
}

const expected =
  'egress: [{ action: Allow, protocol: UDP, destination: { namespaceSelector: kubernetes.io/metadata.name == "kube-system", selector: k8s-app == "kube-dns", ports: [53] } }], and the same for TCP';

/** What a change of a policy takes from pods that could look up names before. */
function blockedBy(subject: Subject, context: RuleContext): readonly Finding[] {
  const { before, inventory } = context;
  const policies = [policyOf(subject, context), policyOf(subject, { ...context, inventory: before })];
  const governing = policies.filter((policy) => policy?.types.includes('Egress'));
  const blocked = new Map<string, Blocked>();
  let left = maximumPods;
  for (const namespace of governing.length === 0 ? [] : reachOf(subject.object, context)) {
    const { name = '' } = namespace.metadata;
    for (const workload of inventory.workloads(name)) {
      if (left === 0 || blocked.has(name)) break;
      if (!governing.some((policy) => policy && selects(policy, workload, inventory))) continue;
      left--;
      const found = blockedWorkload(workload, inventory);
      if (found && !blockedWorkload(workload, before)) blocked.set(name, found);
    }
    if (left === 0) break;
  }
  const [first] = blocked;
  if (!first) return [];
  const names = [...blocked.keys()];
  const [namespace, { step, workload }] = first;
  return [
    {
      rule: 'policy/dns-blocked',
      object: referenceOf(subject.object),
      pointer: '',
      message: `${nameOf(subject.object)}: ${changeInWords(subject)} pods of namespace${names.length > 1 ? 's' : ''} ${namesInWords(names)} cannot look up names, egress to UDP 53 is denied`,
      expected,
      witness: `${nameOf(workload)}: ${stepInWords(step, 'Egress')}`,
      namespace,
    },
  ];
}

function changeInWords({ operation }: Subject): string {
  return { CREATE: 'with it', UPDATE: 'with this change', DELETE: 'without it', STATE: '' }[operation];
}

/** The governed namespaces that a policy can reach. */
function reachOf(
  { kind, metadata }: KubernetesObject,
  { inventory, conventions }: RuleContext,
): readonly KubernetesObject[] {
  const found: KubernetesObject[] = [];
  for (const namespace of isClusterWide(kind) ? inventory.namespaces() : ownNamespace(metadata, inventory)) {
    if (found.length === maximumNamespaces) break;
    const isGoverned = conventions.governing(namespaceIdentity(namespace.metadata.name ?? '', namespace));
    if (isGoverned && !isTerminating(namespace)) found.push(namespace);
  }
  return found;
}

function ownNamespace(metadata: KubernetesObject['metadata'], inventory: Inventory): KubernetesObject[] {
  const namespace = metadata.namespace === undefined ? undefined : inventory.namespace(metadata.namespace);
  return namespace ? [namespace] : [];
}

function selects({ selector }: Policy, workload: KubernetesObject, { policyWorld }: Inventory): boolean {
  const template = podTemplateOf(workload);
  if (!selector || !template) return false;
  const { serviceAccountName } = template.spec;
  const labels = podLabels(policyWorld, {
    namespace: workload.metadata.namespace ?? '',
    labels: stringMap(template.metadata.labels),
    serviceAccount: typeof serviceAccountName === 'string' ? serviceAccountName : 'default',
  });
  return evaluateSelector(selector, labels);
}

function blockedWorkload(workload: KubernetesObject, { policyWorld }: Inventory): Blocked | undefined {
  const template = podTemplateOf(workload);
  if (!template) return undefined;
  const step = deniedNameLookup(policyWorld, podFrom(workload, template));
  return step && { workload, step };
}
