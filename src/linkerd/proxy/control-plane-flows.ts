import type { StringMap } from '../../kubernetes/object.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { atLeast } from '../installation/version.ts';

/** The other end of a flow. */
export interface FlowPeer {
  /** Who it is, in words that fit after "from" and "to". */
  readonly description: string;
  /** Its namespace, where that is known; undefined: any. */
  readonly namespace?: string;
  /** Labels that its pods have. */
  readonly podLabels?: StringMap;
  /** It is not a pod but the node itself. */
  readonly node?: true;
}

/** One flow on the network that a meshed pod needs a network policy to let through. */
export interface ProxyFlow {
  /** E1–E7 for egress, I1–I5 for ingress; a flow over several ports is several entries of one id. */
  readonly id: 'E1' | 'E2' | 'E3' | 'E4' | 'E5' | 'E6' | 'E7' | 'I1' | 'I2' | 'I3' | 'I4' | 'I5';
  readonly direction: 'Ingress' | 'Egress';
  readonly peer: FlowPeer;
  readonly protocol: 'TCP' | 'UDP';
  /** The port a policy sees; undefined: whatever port the peer has. */
  readonly port?: number;
  /**
   * `always`: without it no pod of the mesh works; `if-used`: only for pods that are called, call others, are
   * scraped or traced.
   */
  readonly needed: 'always' | 'if-used';
  /** What happens without it, as a sentence without a full stop. */
  readonly whatBreaks: string;
}

/** Where the pods are that are asked for names, and the port that they have: a policy sees that of the pods. */
export interface NameServer {
  readonly namespace: string;
  readonly podLabels: StringMap;
  readonly port: number;
}

/** What every installer of Kubernetes calls it. */
export const kubeDns: NameServer = {
  namespace: 'kube-system',
  podLabels: { 'k8s-app': 'kube-dns' },
  port: 53,
};

/**
 * The flows without which no proxy works, whatever its pod does: DNS, identity, destination and policy.
 *
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param nameServer Where the pods of the cluster's DNS are; by default kube-dns in kube-system.
 * @returns The flows E1 to E4, one entry for each port.
 * @example
 * controlPlaneFlows(defaultProfile()).map(({ port }) => port); // [53, 53, 8080, 8086, 8090]
 */
export function controlPlaneFlows(
  installation: LinkerdProfile,
  { namespace, podLabels, port: namePort }: NameServer = kubeDns,
): readonly ProxyFlow[] {
  const isUsual = namespace === kubeDns.namespace;
  const dns: FlowPeer = {
    description: isUsual ? 'kube-dns' : `the name server in ${namespace}`,
    namespace,
    podLabels,
  };
  const withoutDns = 'the proxy cannot find the control plane, so the pod never gets ready';
  const withoutIdentity = atLeast(installation.version, '2.20')
    ? 'the proxy gets no certificate, so its startup probe fails and the pod stays in Init'
    : 'the proxy gets no certificate, so linkerd-await fails after two minutes and the pod never gets ready';
  const egress = { direction: 'Egress', protocol: 'TCP', needed: 'always' } as const;
  const destination = component('destination', installation);
  return [
    { ...egress, id: 'E1', peer: dns, protocol: 'UDP', port: namePort, whatBreaks: withoutDns },
    { ...egress, id: 'E1', peer: dns, port: namePort, whatBreaks: 'names with many addresses are not found' },
    {
      ...egress,
      id: 'E2',
      peer: component('identity', installation),
      port: 8080,
      whatBreaks: withoutIdentity,
    },
    {
      ...egress,
      id: 'E3',
      peer: destination,
      port: 8086,
      whatBreaks: 'the pod gets ready, but its proxy finds no endpoint of any Service',
    },
    {
      ...egress,
      id: 'E4',
      peer: destination,
      port: 8090,
      whatBreaks: 'the pod gets ready, but no Server and no AuthorizationPolicy is enforced on it',
    },
  ];
}

function component(name: string, { namespace }: LinkerdProfile): FlowPeer {
  return {
    description: `Linkerd's ${name} controller`,
    namespace,
    podLabels: { 'linkerd.io/control-plane-component': name },
  };
}
