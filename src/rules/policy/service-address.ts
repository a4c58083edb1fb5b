import { type Policy, printAddress, type Rule as PolicyRule, rulesOf } from '../../calico/index.ts';
import { type Direction, directions } from '../../kubernetes/direction.ts';
import { parseAddress } from '../../kubernetes/net/address.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { containersOf, podTemplateOf } from '../../kubernetes/pod-template.ts';
import { record, text, texts } from '../../kubernetes/read.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { nameOf } from '../../facts/object-name.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import { isCalicoPolicy, policyOf } from '../../facts/policy/policy-of.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule names the cluster IP of a Service, which is translated to the address of a pod before any policy sees it. The
 * exception is an address that a cache on the node answers itself. A hint where files or an audit show the Service.
 * Source: Kubernetes pkg/proxy; Calico felix/rules/static.go, the chains of workloads hang on the filter table;
 * calico#1683; kubernetes#98758 for node-local-dns and its flag -localip.
 */
export const serviceAddress = defineRule({
  id: 'policy/service-address',
  title: 'A rule names the address of a Service, which policies never see',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    const { inventory } = context;
    if (!policy || policy.hostOnly || policy.problems.length > 0) return [];
    const named = directions.flatMap((direction) =>
      rulesOf(policy, direction).flatMap((rule) =>
        singleAddresses(rule, direction).map((address) => ({ address, direction, index: rule.index })),
      ),
    );
    // By far the most policies name no single address.
    if (named.length === 0) return [];
    const services = servicesByAddress(inventory);
    return named.flatMap(({ address, direction, index }) => {
      const service = services.get(address);
      if (!service || isAnsweredOnNodes(address, inventory)) return [];
      return [
        {
          pointer: rulePointer(direction, index),
          message: `its ${ruleInWords(direction, index)} names ${address}, the address of ${nameOf(service)}, which no policy sees`,
          found: address,
          witness: 'a connection to a Service is translated to the address of one of its pods before policy',
          expected: peerOf(service, policy, direction),
        },
      ];
    });
  },
});

/** The addresses that a rule names alone, not as parts of networks. */
function singleAddresses({ source, destination }: PolicyRule, direction: Direction): readonly string[] {
  const { nets } = direction === 'Ingress' ? source : destination;
  return nets.flatMap((net) => (net.length === (net.family === 4 ? 32 : 128) ? [printAddress(net)] : []));
}

function servicesByAddress(inventory: Inventory): ReadonlyMap<string, KubernetesObject> {
  const services = [...inventory.populated()].flatMap((namespace) => [...inventory.services(namespace)]);
  return new Map(
    services.flatMap((service) => {
      const { clusterIP, clusterIPs } = record(service.spec);
      return [text(clusterIP), ...texts(clusterIPs)].flatMap((written) => {
        const address = parseAddress(written);
        return address ? [[printAddress(address), service] as const] : [];
      });
    }),
  );
}

/** Whether pods on the network of their nodes are told to answer on an address themselves, as node-local-dns is. */
function isAnsweredOnNodes(address: string, inventory: Inventory): boolean {
  for (const namespace of inventory.populated()) {
    for (const workload of inventory.workloads(namespace)) {
      const { spec } = podTemplateOf(workload) ?? {};
      if (spec?.hostNetwork !== true) continue;
      const words = containersOf(spec).flatMap(({ args, command }) => [...texts(command), ...texts(args)]);
      if (words.some((word) => word.split(/[^0-9a-fA-F.:]+/).includes(address))) return true;
    }
  }
  return false;
}

function peerOf({ metadata, spec }: KubernetesObject, policy: Policy, direction: Direction): string {
  const { name = '', namespace = 'default' } = metadata;
  if (direction === 'Egress' && isCalicoPolicy(policy))
    return `destination: { services: { name: ${name}, namespace: ${namespace} } }`;
  const hasPods = Object.keys(record(record(spec).selector)).length > 0;
  if (!hasPods) return 'the addresses and ports behind it';
  return `the labels of its pods, and their namespace "${namespace}"`;
}
