import {
  inboundAccess,
  includesPort,
  meshesByInboundPort,
  policyControllerPorts,
  readSkipPorts,
  skipRoute,
} from '../../../linkerd/index.ts';
import { storeOf } from '../../../facts/store/store.ts';
import type { Remark } from '../../../facts/finding.ts';
import { limits } from '../../../facts/limits.ts';
import { defineRule } from '../../define-rule.ts';
import { identityOfSubject, podOfSubject } from '../../../facts/workload/workload-pod.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { becomesMeshed, meshWorkloadOf, type MeshWorkload } from '../../../facts/workload/mesh-workload.ts';
import { isRestricted, opennessOf } from '../../../facts/mesh/proxy-port-open.ts';
import { selectorLabels } from '../../../facts/workload/own-selector.ts';

/**
 * Policies open the proxy's inbound port of a workload, which stands for every port of its pods, and nothing of
 * Linkerd's says who may use which. The ports on which databases and brokers
 * take clients have a rule of their own for this.
 * Source: linkerd2 controller/api/destination/endpoint_translator.go, since 2.18; linkerd2 issue 15246.
 */
export const portNeedsAuthorization = defineRule({
  id: 'mesh/port-4143-needs-authorization',
  title: 'The port of the proxy is open, and no authorization of Linkerd tells the ports behind it apart',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload || !meshesByInboundPort(workload.mesh.linkerd) || !becomesMeshed(workload)) return [];
    if (!isWhole(context.inventory)) return [];
    // The ports of its clients are the matter of data/authorization.
    const forClients = storeOf(subject, context)?.ports ?? [];
    const declared = declaredPorts(workload).filter((port) => !forClients.includes(port));
    const pod = declared.length > 0 ? podOfSubject(subject, context) : undefined;
    const { inbound } = (workload.wanted.settings ?? workload.mesh.linkerd).ports;
    // Where every port is open, it is so on purpose, and other rules tell of it.
    const identity = identityOfSubject(subject, context);
    if (!pod || opennessOf(context.inventory.policyWorld, { pod, identity, port: inbound }) !== 'by-number')
      return [];
    const { mesh, namespace, template } = workload;
    const policies = meshPoliciesAround(subject, context);
    const loose = declared.filter(
      (port) => !isRestricted(inboundAccess(template, namespace, port, policies, mesh.linkerd)),
    );
    return loose.length === 0 ? [] : [remarkOn(workload, inbound, loose)];
  },
});

/** The TCP ports of the containers that are behind the proxy, each once. */
function declaredPorts({ mesh, template, wanted }: MeshWorkload): readonly number[] {
  const { ports, skipInboundPorts } = wanted.settings ?? mesh.linkerd;
  const own = new Set([ports.inbound, ports.admin, ports.control]);
  const skipped = readSkipPorts(skipInboundPorts, skipRoute('inbound', mesh.linkerd));
  const declared = new Set<number>();
  for (const { port, protocol } of policyControllerPorts(template.spec, mesh.linkerd))
    if (protocol === 'TCP' && !own.has(port)) declared.add(port);
  return [...declared].filter((port) => !includesPort(skipped, port));
}

function remarkOn(workload: MeshWorkload, inbound: number, ports: readonly number[]): Remark {
  const { template } = workload;
  const listed = ports.slice(0, limits.portsNamed.most);
  const more = ports.length > listed.length ? [`${ports.length - listed.length} more`] : [];
  const list = [...listed, ...more].join(' and ');
  return {
    pointer: template.pointer,
    message: `whoever its gate lets to port ${inbound} may use every port of its pods, and no Server restricts ${list}`,
    witness: `meshed clients connect on port ${inbound} whatever port they ask for, so a network policy can't tell ${list} from any other`,
    expected: `these objects, with the service accounts of its clients\n${authorizationsFor(workload, listed).join('\n---\n')}`,
  };
}

/** A Server for each port and an AuthorizationPolicy that still has to be told of the client; JSON is YAML too. */
function authorizationsFor(
  { namespace, object, template }: MeshWorkload,
  ports: readonly number[],
): readonly string[] {
  const labels = JSON.stringify(selectorLabels(object, template));
  return ports.map((port) => {
    const name = JSON.stringify(`${object.metadata.name ?? 'workload'}-${port}`);
    const metadata = `metadata: { name: ${name}, namespace: ${JSON.stringify(namespace.name)} }`;
    return [
      'apiVersion: policy.linkerd.io/v1beta3',
      'kind: Server',
      metadata,
      `spec: { podSelector: { matchLabels: ${labels} }, port: ${port} }`,
      '---',
      'apiVersion: policy.linkerd.io/v1alpha1',
      'kind: AuthorizationPolicy',
      metadata,
      'spec:',
      `  targetRef: { group: policy.linkerd.io, kind: Server, name: ${name} }`,
      '  requiredAuthenticationRefs: [{ kind: ServiceAccount, namespace: <namespace>, name: <account> }]',
    ].join('\n');
  });
}
