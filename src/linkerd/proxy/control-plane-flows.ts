import type { Direction } from '../../kubernetes/direction.ts';
import type { StringMap } from '../../kubernetes/object.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { atLeast } from '../installation/version.ts';

/** The other end of a flow. */
export interface FlowPeer {
  /** Its name, in words that fit after "from" and "to". */
  readonly description: string;
  /** Its namespace; undefined for any. */
  readonly namespace?: string;
  /** The labels of its pods. */
  readonly podLabels?: StringMap;
  /** Present if it is the node itself, not a pod. */
  readonly node?: true;
}

/** One network flow that a meshed pod needs, so that a network policy must allow it. */
export interface ProxyFlow {
  /** E1–E7 for egress, I1–I5 for ingress; a flow over several ports has one entry for each port. */
  readonly id: 'E1' | 'E2' | 'E3' | 'E4' | 'E5' | 'E6' | 'E7' | 'I1' | 'I2' | 'I3' | 'I4' | 'I5';
  readonly direction: Direction;
  readonly peer: FlowPeer;
  readonly protocol: 'TCP' | 'UDP';
  /** The port number that a policy sees; undefined for any port of the peer. */
  readonly port?: number;
  /**
   * `always`: no meshed pod works without it; `if-used`: only pods need it that are called, call others, are scraped or
   * traced.
   */
  readonly needed: 'always' | 'if-used';
  /** What happens without it, as a sentence without a full stop. */
  readonly whatBreaks: string;
}

/** The pods of the cluster's DNS and their port; a policy sees the port of the pods, not that of the Service. */
export interface NameServer {
  readonly namespace: string;
  readonly podLabels: StringMap;
  readonly port: number;
}

/** The usual DNS of a cluster. */
export const kubeDns: NameServer = {
  namespace: 'kube-system',
  podLabels: { 'k8s-app': 'kube-dns' },
  port: 53,
};

/**
 * Lists the flows that every proxy needs, whatever its pod does: DNS, identity, destination and policy.
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
