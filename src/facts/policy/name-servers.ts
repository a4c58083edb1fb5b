import type { NameServers } from '../../calico/index.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { record, records, text, texts } from '../../kubernetes/read.ts';
import { containerPorts, type NameServer } from '../../linkerd/index.ts';
import { podWithLabels } from '../workload/pod-with-labels.ts';
import { pod, podFrom } from '../workload/workload-pod.ts';

/** Who answers look-ups of names in a cluster, as a convention says and an inventory shows. */
export function nameServersOf(
  { namespace, podLabels, port }: NameServer,
  inventory: Pick<Inventory, 'services' | 'workloads'>,
): NameServers {
  const found = podWithLabels(namespace, podLabels, inventory);
  const others = new Map<string, readonly KubernetesObject[]>();
  return {
    pod: found ?? pod(namespace, podLabels),
    podKnown: found ? 'template' : 'labels',
    port,
    caches: Array.from(inventory.workloads(namespace), cacheAddresses).flat(),
    serviceAddresses: Array.from(inventory.services(namespace), addressesOf).flat(),
    others: (where) => {
      const known = others.get(where) ?? podsForNames(inventory.workloads(where), port);
      others.set(where, known);
      return known;
    },
  };
}

/**
 * The addresses at which a cache on the node answers, from the arguments of its container.
 * Source: Kubernetes cluster/addons/dns/nodelocaldns/nodelocaldns.yaml; kubernetes/dns cmd/node-cache/main.go, `localip`.
 */
function cacheAddresses(workload: KubernetesObject): readonly string[] {
  const spec = podTemplateOf(workload)?.spec;
  if (spec?.hostNetwork !== true) return [];
  return records(spec.containers).flatMap(({ args, command }) => {
    const words = [...texts(command), ...texts(args)];
    return words.flatMap((word, index) => {
      const [, joined] = /^--?localip(?:=(.*))?$/.exec(word) ?? [undefined, null];
      if (joined === null) return [];
      return (joined ?? words[index + 1] ?? '').split(',').map((address) => address.trim());
    });
  });
}

/** The addresses of the caches as a rule names them. */
export function cacheNets({ caches }: Pick<NameServers, 'caches'>): readonly string[] {
  return caches.map((address) => `${address}/${address.includes(':') ? 128 : 32}`);
}

/** The addresses of a Service at which names are looked up. */
function addressesOf({ spec }: KubernetesObject): readonly string[] {
  const { clusterIP, clusterIPs, ports } = record(spec);
  if (!records(ports).some(({ port }) => port === usualPort)) return [];
  return [...new Set([text(clusterIP), ...texts(clusterIPs)])].filter((address) => address !== '');
}

const usualPort = 53;

/** The pods that say they take look-ups. */
function podsForNames(workloads: Iterable<KubernetesObject>, port: number): readonly KubernetesObject[] {
  return Array.from(workloads).flatMap((workload) => {
    const template = podTemplateOf(workload);
    const takes = (one: number) => one === port || one === usualPort || one === unprivilegedPort;
    const isOne = template && containerPorts(template.spec).some((declared) => takes(declared.port));
    return isOne ? [podFrom(workload, template)] : [];
  });
}

/** What name servers use that may not bind the usual one. */
const unprivilegedPort = 5353;
