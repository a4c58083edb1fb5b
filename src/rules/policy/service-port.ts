import {
  netsFoundBy,
  type Policy,
  type Rule as PolicyRule,
  rulesOf,
  type Selector,
} from '../../calico/index.ts';
import { type Direction, directions } from '../../kubernetes/direction.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { limits, lookAt } from '../../facts/limits.ts';
import { leadsTo } from '../../facts/mesh/leading-services.ts';
import { nameOf } from '../../facts/object-name.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { declaredPorts, frontPorts, type FrontPort } from '../../facts/policy/service-ports.ts';
import { workloadsFoundBy, type WorkloadFound } from '../../facts/policy/workloads-found.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule names the port of a Service or a node port, where policies only ever see the port of the pods. A hint where
 * files or an audit show the Service, and pods that declare other ports: a pod that declares none may listen anywhere.
 * Source: Kubernetes pkg/proxy, connections are translated before policy; Calico felix/rules/static.go, the chains of
 * workloads hang on the filter table; calico#8049.
 */
export const servicePort = defineRule({
  id: 'policy/service-port',
  title: 'A rule names a port of a Service or of the nodes, and policies see the port of the pods',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy?.selector || policy.hostOnly || policy.problems.length > 0) return [];
    const remarks = directions.flatMap((direction) =>
      rulesOf(policy, direction).flatMap((rule) =>
        portsInFront(policy, rule, direction, context).map((told) => ({
          pointer: rulePointer(direction, rule.index),
          ...inWords(told, ruleInWords(direction, rule.index)),
        })),
      ),
    );
    // Conversion makes several rules of one.
    return [...new Map(remarks.map((remark) => [`${remark.pointer} ${remark.found}`, remark])).values()];
  },
});

/** A port that a rule names, which leads to the pods and is none of theirs. */
interface InFront {
  readonly front: FrontPort;
  readonly protocol: string;
  readonly service: KubernetesObject;
  readonly pods: WorkloadFound;
}

function inWords({ front, pods, protocol, service }: InFront, rule: string) {
  const { of, port, target } = front;
  return {
    message: `its ${rule} names ${protocol} ${port}, where nothing listens: ${nameOf(pods.object)} does on ${target}`,
    witness: `${of === 'Service' ? 'port' : 'node port'} ${port} of ${nameOf(service)} leads to port ${target} of the pods, the one that policies see`,
    found: String(port),
    expected: String(target),
  };
}

function portsInFront(
  policy: Policy,
  rule: PolicyRule,
  direction: Direction,
  context: RuleContext,
): readonly InFront[] {
  const { ports, nets, service } = rule.destination;
  const ranges = ports.flatMap((port) => ('first' in port ? [port] : []));
  const protocol = protocols.get(rule.protocol?.number ?? 0);
  const selector = podsMeant(policy, rule, direction);
  if (ranges.length === 0 || protocol === undefined || !selector || nets.length > 0 || service) return [];
  const { inventory } = context;
  const look = lookAt(limits.workloadsFound, context);
  const pods: WorkloadFound[] = [];
  for (const found of workloadsFoundBy(selector, inventory, look)) {
    const declared = declaredPorts(found.template, protocol);
    // Pods that declare nothing may listen on anything, and those on their node are none that a rule finds.
    if (declared.size === 0 || found.isOnNode) return [];
    pods.push(found);
    // Most rules name the port of some pod.
    if (ranges.every((range) => [...declared].some((port) => isWithin(range, port)))) return [];
  }
  const isHostsToo = netsFoundBy(inventory.policyWorld, selector).some(({ kind }) => kind === 'HostEndpoint');
  if (look.cutShort() || isHostsToo) return [];
  const isOpen = (port: number) => ranges.some((range) => isWithin(range, port));
  return ranges.flatMap((range) => {
    const isPort = (found: WorkloadFound) =>
      [...declaredPorts(found.template, protocol)].some((port) => isWithin(range, port));
    if (pods.some(isPort)) return [];
    for (const found of pods) {
      for (const candidate of inventory.services(found.namespace)) {
        if (!leadsTo(candidate, found.template)) continue;
        const front = frontPorts(candidate, found.template, protocol).find(
          ({ port, target }) => isWithin(range, port) && !isOpen(target),
        );
        if (front) return [{ front, protocol, service: candidate, pods: found }];
      }
    }
    return [];
  });
}

/** The pods whose ports a rule is about: those of the policy for ingress, and those it names for egress. */
function podsMeant(
  { selector }: Policy,
  { destination }: PolicyRule,
  direction: Direction,
): Selector | undefined {
  if (direction === 'Egress') return destination.selector;
  return selector && destination.selector
    ? { kind: 'and', operands: [selector, destination.selector] }
    : selector;
}

function isWithin({ first, last }: { readonly first: number; readonly last: number }, port: number): boolean {
  return first <= port && port <= last;
}

/** By the number of the protocol. */
const protocols: ReadonlyMap<number, string> = new Map([
  [6, 'TCP'],
  [17, 'UDP'],
  [132, 'SCTP'],
]);
