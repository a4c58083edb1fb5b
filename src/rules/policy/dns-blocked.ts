import {
  asksForNames,
  judgeNameLookup,
  type NameServers,
  opensNames,
  supposePod,
  type TrailStep,
} from '../../calico/index.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { kubeDns } from '../../linkerd/index.ts';
import { namesInWords, stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../../facts/workload/mesh-workload.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { podFrom } from '../../facts/workload/workload-pod.ts';
import { noteBeyond, unknownBeyond } from '../../facts/limits.ts';
import { governedWorkloads, lookAtGoverned } from '../../facts/policy/governed-workloads.ts';
import { cacheNets, nameServersOf } from '../../facts/policy/name-servers.ts';
import { listInWords } from '../../text/list.ts';
import { plural } from '../../text/plural.ts';

/**
 * The pods of a namespace can't ask the cluster's name server, since egress is denied and no rule opens port 53 to it:
 * the first thing that breaks when a default-deny comes. Only pods that exist count. A rule that opens the port to
 * somebody who may be another name server is believed; one that can only mean this one and misses it is not.
 */
export const dnsBlocked = defineRule({
  id: 'policy/dns-blocked',
  title: 'The pods of a namespace cannot look up names because egress to the name server is denied',
  appliesTo: { kinds: ['Namespace', 'policy'], operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    const { object, operation } = subject;
    if (object.kind === 'Namespace') {
      return operation === 'STATE' && context.convention ? blockedIn(object, context) : [];
    }
    return operation === 'STATE' ? [] : blockedBy(subject, context);
  },
});

interface Blocked {
  readonly workload: KubernetesObject;
  readonly step: TrailStep;
  readonly protocol: 'UDP' | 'TCP';
  /** Whether some rule names the port, and does not let through. */
  readonly isNamed: boolean;
  readonly servers: NameServers;
}

/** Of workloads that will be meshed `mesh/control-plane-blocked` tells, with all else that their proxies need. */
function blockedIn(namespace: KubernetesObject, context: RuleContext): readonly Remark[] {
  const { inventory, convention } = context;
  const { name = '' } = namespace.metadata;
  if (isTerminating(namespace)) return [];
  const nameServer = convention?.nameServer ?? kubeDns;
  const servers = nameServersOf(nameServer, inventory);
  const workloads = [...inventory.workloads(name)].filter((object) => !isMeshed(object, context));
  const blocked = workloads.flatMap((workload) => blockedWorkload(workload, servers, inventory) ?? []);
  const [first] = blocked;
  if (!first) return [];
  const who = namesInWords(blocked.map(({ workload }) => workload.metadata.name ?? ''));
  return [
    {
      pointer: '',
      lead: `namespace "${name}":`,
      message: `the pods of ${who} cannot look up names, egress to ${first.protocol} 53 is denied`,
      expected: expectedFor(first, nameServer),
      witness: witnessOf(first, nameServer),
    },
  ];
}

function expectedFor(
  { protocol, servers }: Blocked,
  { namespace, podLabels, port }: Convention['nameServer'],
): string {
  const pods = Object.entries(podLabels).map(([key, value]) => `${key} == "${value}"`);
  const selector = pods.length > 0 ? `, selector: ${pods.join(' && ')}` : '';
  const caches = cacheNets(servers);
  const whom =
    caches.length > 0
      ? `nets: [${caches.join(', ')}], ports: [53]`
      : `namespaceSelector: kubernetes.io/metadata.name == "${namespace}"${selector}, ports: [${port}]`;
  const rule = `egress: [{ action: Allow, protocol: ${protocol}, destination: { ${whom} } }]`;
  return protocol === 'UDP' ? `${rule}, and the same for TCP` : rule;
}

/** What denies and, where rules name the port, why they do not let through. */
function witnessOf(
  { isNamed, servers, step, workload }: Blocked,
  { namespace, podLabels }: Convention['nameServer'],
): string {
  const denies = stepInWords(step, 'Egress');
  if (servers.caches.length > 0)
    return `${denies}; names are looked up at ${listInWords(servers.caches)}, where a cache answers on the node's network, which no label finds`;
  if (!isNamed) return denies;
  const labels = Object.entries(podLabels).map(([key, value]) => `${key}: ${value}`);
  const own = workload.metadata.namespace ?? 'default';
  const scope = own === namespace ? '' : `; a selector without a namespaceSelector means "${own}" alone`;
  const addresses = servers.serviceAddresses;
  const behind =
    addresses.length > 0
      ? `, and policies see those and not the Service's ${plural(addresses.length, 'address', 'addresses')} ${listInWords(addresses)}`
      : scope;
  return `${denies}; no rule for that port finds the name server, pods {${labels.join(', ')}} of "${namespace}"${behind}`;
}

/** What a change of a policy takes from pods that could look up names before, and that have no proxy to tell of. */
function blockedBy(subject: Subject, context: RuleContext): readonly Remark[] {
  const { before, conventions, inventory } = context;
  const blocked = new Map<string, Blocked & { readonly nameServer: Convention['nameServer'] }>();
  const isTold = (namespace: string) => blocked.has(namespace);
  const looks = lookAtGoverned(context);
  const [serversNow, serversBefore] = [knownServers(inventory), knownServers(before)];
  for (const workload of governedWorkloads(subject, context, 'Egress', looks, isTold)) {
    if (isMeshed(workload, context)) continue;
    const { namespace = 'default' } = workload.metadata;
    const identity = namespaceIdentity(namespace, inventory.namespace(namespace));
    const nameServer = conventions.governing(identity)?.nameServer ?? kubeDns;
    const found = blockedWorkload(workload, serversNow(nameServer), inventory);
    if (found && !blockedWorkload(workload, serversBefore(nameServer), before))
      blocked.set(namespace, { ...found, nameServer });
  }
  const [first] = blocked;
  const all = [looks.workloads, looks.namespaces];
  if (!first) return unknownBeyond(all, `whether ${changeInWords(subject)} more pods cannot look up names`);
  const names = [...blocked.keys()];
  const [namespace, found] = first;
  return [
    {
      pointer: '',
      message: `${changeInWords(subject)} pods of ${plural(names.length, 'namespace')} ${namesInWords(names)} cannot look up names, egress to ${found.protocol} 53 is denied`,
      expected: expectedFor(found, found.nameServer),
      witness: `${nameOf(found.workload)}: ${witnessOf(found, found.nameServer)}${noteBeyond(all)}`,
      namespace,
    },
  ];
}

/** Looked for once for all pods of a change. */
function knownServers(inventory: Inventory): (nameServer: Convention['nameServer']) => NameServers {
  const known = new Map<Convention['nameServer'], NameServers>();
  return (nameServer) => {
    const servers = known.get(nameServer) ?? nameServersOf(nameServer, inventory);
    known.set(nameServer, servers);
    return servers;
  };
}

function changeInWords({ operation }: Subject): string {
  return { CREATE: 'with it', UPDATE: 'with this change', DELETE: 'without it', STATE: '' }[operation];
}

/** Whether its proxy cannot do without names either, of which `mesh/control-plane-blocked` tells. */
function isMeshed(object: KubernetesObject, { conventions, inventory, point }: RuleContext): boolean {
  const subject = { operation: 'STATE', object } as const;
  const { namespace = 'default' } = object.metadata;
  const convention = conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)));
  const mesh = meshConventionOf(convention);
  const workload = mesh && describeWorkload(object, mesh, inventory, point);
  // Of what a controller made that rule does not tell.
  return workload !== undefined && becomesMeshed(workload) && !isFromJudgedTemplate(subject, { inventory });
}

/** Long answers alone come over TCP, so that it is missing is told only where a rule means to open it. */
function blockedWorkload(
  workload: KubernetesObject,
  servers: NameServers,
  { policyWorld }: Inventory,
): Blocked | undefined {
  const template = podTemplateOf(workload);
  const asking = template && podFrom(workload, template);
  if (!asking || !asksForNames(asking)) return undefined;
  const pod = supposePod(policyWorld, asking);
  for (const protocol of ['UDP', 'TCP'] as const) {
    const { trail, verdict } = judgeNameLookup(policyWorld, pod, servers, protocol);
    const step = trail.at(-1);
    if (verdict !== 'deny' || !step) continue;
    const isNamed = opensNames(policyWorld, pod, servers, protocol);
    if (protocol === 'TCP' && !isNamed) continue;
    return { workload, step, protocol, isNamed, servers };
  }
  return undefined;
}
