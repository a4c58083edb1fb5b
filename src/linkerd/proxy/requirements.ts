import type { StringMap } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { networkProbes } from '../ports/probe.ts';
import { containerPorts } from '../ports/container-ports.ts';
import { meshesByInboundPort } from '../ports/dialed-port.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import { atLeast } from '../installation/version.ts';
import { type Direction } from '../../kubernetes/direction.ts';

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
  readonly direction: Direction;
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
 * The flows that the pods of a template need once they are meshed, with the ports a network policy sees outside the
 * pod: ports of the control plane, the proxy's own, and the application's where peers are not meshed.
 * Source: Linkerd charts/partials/templates/_proxy.tpl, controller/api/destination/endpoint_translator.go.
 */
export function proxyFlows(
  template: PodTemplate,
  settings: ProxySettings,
  profile: LinkerdProfile,
  nameServer: NameServer = kubeDns,
): readonly ProxyFlow[] {
  return [
    ...controlPlaneFlows(profile, nameServer),
    ...peerFlows(settings, profile),
    ...traceFlows(profile),
    ...callerFlows(template, settings, profile),
    ...observerFlows(template, settings),
  ];
}

/** The flows without which no proxy works, whatever its pod does: DNS, identity, destination and policy. */
export function controlPlaneFlows(
  profile: LinkerdProfile,
  { namespace, podLabels, port: namePort }: NameServer = kubeDns,
): readonly ProxyFlow[] {
  const isUsual = namespace === kubeDns.namespace;
  const dns: FlowPeer = {
    description: isUsual ? 'kube-dns' : `the name server in ${namespace}`,
    namespace,
    podLabels,
  };
  const withoutDns = 'the proxy cannot find the control plane, so the pod never gets ready';
  const withoutIdentity = atLeast(profile.version, '2.20')
    ? 'the proxy gets no certificate, so its startup probe fails and the pod stays in Init'
    : 'the proxy gets no certificate, so linkerd-await fails after two minutes and the pod never gets ready';
  const egress = { direction: 'Egress', protocol: 'TCP', needed: 'always' } as const;
  const destination = component('destination', profile);
  return [
    { ...egress, id: 'E1', peer: dns, protocol: 'UDP', port: namePort, whatBreaks: withoutDns },
    { ...egress, id: 'E1', peer: dns, port: namePort, whatBreaks: 'names with many addresses are not found' },
    { ...egress, id: 'E2', peer: component('identity', profile), port: 8080, whatBreaks: withoutIdentity },
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

const meshed: FlowPeer = { description: 'meshed pods that it calls' };
const calling: FlowPeer = { description: 'meshed pods that call it' };

function peerFlows({ ports }: ProxySettings, profile: LinkerdProfile): readonly ProxyFlow[] {
  const egress = { direction: 'Egress', protocol: 'TCP', needed: 'if-used' } as const;
  const timeout = 'requests to meshed pods time out';
  return [
    { ...egress, id: 'E5', peer: meshed, port: profile.ports.inbound, whatBreaks: timeout },
    ...(meshesByInboundPort(profile)
      ? []
      : [{ ...egress, id: 'E5', peer: meshed, whatBreaks: timeout } as const]),
    {
      ...egress,
      id: 'E6',
      peer: { description: 'pods outside the mesh and other hosts that it calls' },
      whatBreaks: `connections out of the mesh time out: the proxy on port ${ports.outbound} makes them to the same port`,
    },
  ];
}

function traceFlows({ traceCollector }: LinkerdProfile): readonly ProxyFlow[] {
  if (traceCollector === '') return [];
  const port = Number(/:([0-9]{1,5})$/.exec(traceCollector)?.[1]);
  return [
    {
      id: 'E7',
      direction: 'Egress',
      protocol: 'TCP',
      needed: 'if-used',
      peer: { description: `the trace collector ${traceCollector}` },
      ...(port > 0 ? { port } : {}),
      whatBreaks: 'no traces of this pod arrive',
    },
  ];
}

function callerFlows(
  { spec }: PodTemplate,
  { ports }: ProxySettings,
  profile: LinkerdProfile,
): readonly ProxyFlow[] {
  const ingress = { direction: 'Ingress', protocol: 'TCP', needed: 'if-used' } as const;
  const timeout = 'requests of meshed pods time out';
  const application = [
    ...new Set(
      containerPorts(spec)
        .filter(({ protocol }) => protocol === 'TCP')
        .map(({ port }) => port),
    ),
  ];
  const toInbound: ProxyFlow = {
    ...ingress,
    id: 'I1',
    peer: calling,
    port: ports.inbound,
    whatBreaks: timeout,
  };
  const toApplication = application.map(
    (port): ProxyFlow => ({ ...ingress, id: 'I1', peer: calling, port, whatBreaks: timeout }),
  );
  const unmeshed: FlowPeer = { description: 'callers outside the mesh, such as an ingress controller' };
  return [
    toInbound,
    ...(meshesByInboundPort(profile) ? [] : toApplication),
    ...application.map(
      (port): ProxyFlow => ({
        ...ingress,
        id: 'I2',
        peer: unmeshed,
        port,
        whatBreaks: 'callers outside the mesh cannot connect',
      }),
    ),
  ];
}

function observerFlows(template: PodTemplate, { ports }: ProxySettings): readonly ProxyFlow[] {
  const ingress = { direction: 'Ingress', protocol: 'TCP' } as const;
  const node: FlowPeer = { description: 'the kubelet', node: true };
  const probed = [...new Set([ports.admin, ...networkProbes(template).map(({ port }) => port)])];
  return [
    ...probed.map(
      (port): ProxyFlow => ({
        ...ingress,
        id: 'I3',
        peer: node,
        port,
        needed: 'always',
        whatBreaks: 'probes fail, so the pod never gets ready or is restarted',
      }),
    ),
    {
      ...ingress,
      id: 'I4',
      peer: {
        description: "Prometheus, Linkerd viz's or your own",
        namespace: 'linkerd-viz',
        podLabels: { component: 'prometheus' },
      },
      port: ports.admin,
      needed: 'if-used',
      whatBreaks: 'there are no metrics of its proxy',
    },
    {
      ...ingress,
      id: 'I5',
      peer: { description: "Linkerd viz's tap", namespace: 'linkerd-viz', podLabels: { component: 'tap' } },
      port: ports.control,
      needed: 'if-used',
      whatBreaks: 'linkerd viz tap sees nothing of it',
    },
  ];
}
