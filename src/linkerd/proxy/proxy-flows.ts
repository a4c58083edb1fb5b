import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { networkProbes } from '../ports/probe.ts';
import { containerPorts } from '../ports/container-ports.ts';
import { meshesByInboundPort } from '../ports/dialed-port.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { ProxySettings } from '../installation/proxy-settings.ts';
import {
  controlPlaneFlows,
  kubeDns,
  type FlowPeer,
  type NameServer,
  type ProxyFlow,
} from './control-plane-flows.ts';

/**
 * Lists the flows that the pods of a template need once they are meshed, with the ports that a network policy sees
 * outside the pod: ports of the control plane, of the proxy and, for peers outside the mesh, of the application.
 * Source: Linkerd charts/partials/templates/_proxy.tpl, controller/api/destination/endpoint_translator.go.
 *
 * @param template The pod template: its metadata, what of its labels and annotations is text, and the pod's spec.
 * @param settings The settings of the pods' proxy, as `settings` of `predictInjection`.
 * @param installation The Linkerd installation, from `defaultProfile` or `profileFromLinkerdConfig`.
 * @param nameServer Where the pods of the cluster's DNS are; by default kube-dns in kube-system.
 * @returns All flows, one entry for each port.
 * @example
 * const installation = defaultProfile();
 * const spec = { containers: [{ name: 'db', ports: [{ name: 'sql', containerPort: 5432 }] }] };
 * const template = { pointer: '', metadata: {}, labels: {}, annotations: {}, spec } as const;
 * const flows = proxyFlows(template, installation, installation);
 * flows.filter(({ id }) => id === 'I2').map(({ port }) => port); // [5432]
 */
export function proxyFlows(
  template: PodTemplate,
  settings: ProxySettings,
  installation: LinkerdProfile,
  nameServer: NameServer = kubeDns,
): readonly ProxyFlow[] {
  return [
    ...controlPlaneFlows(installation, nameServer),
    ...peerFlows(settings, installation),
    ...traceFlows(installation),
    ...callerFlows(template, settings, installation),
    ...observerFlows(template, settings),
  ];
}

const meshed: FlowPeer = { description: 'meshed pods that it calls' };
const calling: FlowPeer = { description: 'meshed pods that call it' };

function peerFlows({ ports }: ProxySettings, installation: LinkerdProfile): readonly ProxyFlow[] {
  const egress = { direction: 'Egress', protocol: 'TCP', needed: 'if-used' } as const;
  const timeout = 'requests to meshed pods time out';
  return [
    { ...egress, id: 'E5', peer: meshed, port: installation.ports.inbound, whatBreaks: timeout },
    ...(meshesByInboundPort(installation)
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
  installation: LinkerdProfile,
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
    ...(meshesByInboundPort(installation) ? [] : toApplication),
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
