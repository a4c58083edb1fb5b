import { type KubernetesObject } from '../../kubernetes/object.ts';
import { judgeSupposedFlow, openingRules } from '../flow/supposed-flow.ts';
import type { TrailStep } from '../flow/trail.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { record } from '../../kubernetes/read.ts';

/** The pods of the cluster's name server, which every installer of Kubernetes labels so. */
const nameServer: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  spec: { serviceAccountName: 'coredns' },
};

/** The usual port, and that of name servers that may not use it. */
const namePorts = [53, 5353];

/**
 * What keeps a pod from asking the cluster's name server over UDP; undefined where it can ask, where that is not
 * known, and where any rule speaks of names' port: then somebody has thought of it, and the server may be another.
 * @param world as `createPolicyWorld` or `changeWorld` makes it
 * @param pod a Pod, which need not be in the world
 * @returns the step of the trail that denies
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const world = createPolicyWorld([{ ...head, metadata, spec: { types: ['Egress'] } }], { mode: 'v3crd' });
 * const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'car', namespace: 'shop' }, spec: {} };
 * printStep(deniedNameLookup(world, pod)); // 'default|NetworkPolicy|shop/deny|-1|D'
 */
export function deniedNameLookup(world: PolicyWorld, pod: KubernetesObject): TrailStep | undefined {
  const { hostNetwork, dnsPolicy = 'ClusterFirst' } = record(pod.spec);
  if (hostNetwork === true || dnsPolicy !== 'ClusterFirst') return undefined;
  const { verdict, trail } = judgeSupposedFlow(world, {
    pod,
    direction: 'Egress',
    peer: { pod: nameServer },
    protocol: 'UDP',
    port: 53,
  });
  if (verdict !== 'deny') return undefined;
  const isThoughtOf = namePorts.some((port) =>
    openingRules(world, { pod, direction: 'Egress', protocol: 'UDP', port }).some(
      ({ rule }) => rule.destination.ports.length > 0,
    ),
  );
  return isThoughtOf ? undefined : trail.at(-1);
}
