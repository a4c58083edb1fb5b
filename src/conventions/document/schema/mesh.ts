import * as v from 'valibot';
import { labelKey, labelSelector, limits, objectName, off, portNumber } from './field-types.ts';

const portList = v.pipe(
  v.string(),
  v.maxLength(limits.text),
  v.regex(
    /^([0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*)?$/,
    'ports and ranges: "25,3306,9000-9010"',
  ),
);

const ports = v.strictObject({
  inbound: v.exactOptional(
    v.pipe(portNumber, v.description('Where meshed clients connect; 4143 where it is not set.')),
  ),
  control: v.exactOptional(v.pipe(portNumber, v.description('4190 where it is not set.'))),
  admin: v.exactOptional(v.pipe(portNumber, v.description('4191 where it is not set.'))),
});

const linkerd = v.strictObject({
  version: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(
        /^((stable-|enterprise-)?2\.[0-9]{1,3}(\.[0-9]{1,3})?|edge-[0-9]{2}\.[0-9]{1,2}\.[0-9]{1,3})$/,
        'a version of Linkerd in quotes, such as "2.20", "2.18.2" or "edge-26.8.3"',
      ),
      v.description(
        'The version of Linkerd or an edge release, such as "2.20", "2.18.2" or "edge-26.8.3", in quotes: YAML reads a bare 2.20 as the number 2.2.',
      ),
    ),
  ),
  namespace: v.exactOptional(v.pipe(objectName, v.description('Where the control plane runs.'))),
  outboundTransportMode: v.exactOptional(
    v.pipe(
      v.picklist(['transport-header', 'transparent']),
      v.description('How meshed pods reach each other: all on port 4143, or each on its own port.'),
    ),
  ),
  cni: v.exactOptional(v.pipe(v.boolean(), v.description('Whether the CNI plugin sets up the redirect.'))),
  runAsRoot: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether linkerd-init runs as root (`proxyInit.runAsRoot`), which close-wait-timeout needs.',
      ),
    ),
  ),
  nativeSidecar: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether the proxy runs as a native sidecar, so that Jobs can end.')),
  ),
  tokenProjection: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Whether pods get a token of their own for the mesh (`identity.serviceAccountTokenProjection`); without it those that mount no token are not injected.',
      ),
    ),
  ),
  injectorNamespaceSelector: v.exactOptional(
    v.pipe(
      labelSelector,
      v.description('The namespaces that the injector is asked about (`proxyInjector.namespaceSelector`).'),
    ),
  ),
  injectorObjectSelector: v.exactOptional(
    v.pipe(
      labelSelector,
      v.description('The pods that the injector is asked about (`proxyInjector.objectSelector`).'),
    ),
  ),
  ports: v.exactOptional(v.pipe(ports, v.description("The proxy's own ports, where they are moved."))),
  webhookFailurePolicy: v.exactOptional(
    v.pipe(
      v.picklist(['Ignore', 'Fail']),
      v.description('What the API server does when the injector is away.'),
    ),
  ),
  defaultInboundPolicy: v.exactOptional(
    v.pipe(
      v.picklist([
        'all-unauthenticated',
        'all-authenticated',
        'cluster-unauthenticated',
        'cluster-authenticated',
        'deny',
        'audit',
      ]),
      v.description('Who may reach a port for which no Server exists.'),
    ),
  ),
  trustDomain: v.exactOptional(v.pipe(objectName, v.description('The trust domain of mesh identities.'))),
  clusterNetworks: v.exactOptional(
    v.pipe(
      v.array(v.pipe(v.string(), v.maxLength(64))),
      v.maxLength(limits.list),
      v.description('CIDRs that count as inside the cluster.'),
    ),
  ),
  opaquePorts: v.exactOptional(
    v.pipe(portList, v.description('Ports of protocols that Linkerd does not detect.')),
  ),
  skipInboundPorts: v.exactOptional(v.pipe(portList, v.description('Inbound ports that bypass the proxy.'))),
  skipOutboundPorts: v.exactOptional(
    v.pipe(portList, v.description('Outbound ports that bypass the proxy.')),
  ),
});

/** How workloads take part in the mesh. */
export const mesh = v.strictObject({
  inject: v.exactOptional(
    v.pipe(
      v.union([v.picklist(['enabled', 'ingress', 'off']), off]),
      v.description(
        'The value of `linkerd.io/inject` that pod templates get; `off` asks nothing of workloads, only what `namespaces` says.',
      ),
    ),
    'enabled',
  ),
  linkerd: v.exactOptional(
    v.pipe(
      linkerd,
      v.description(
        'How Linkerd is installed, where it differs from its defaults: for files, and for a cluster without a readable `linkerd-config`.',
      ),
    ),
    {},
  ),
  namespaces: v.exactOptional(
    v.pipe(
      v.record(labelKey, v.pipe(v.string(), v.maxLength(limits.text))),
      v.maxEntries(limits.map),
      v.description(
        'Annotations that new namespaces get and governed ones should carry, whatever `inject` says.',
      ),
    ),
    {},
  ),
});
