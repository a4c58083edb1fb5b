import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  includesPort,
  opaquePortsAnnotation,
  opaquePortsOfPod,
  readDestinationPorts,
  resolveTargetPort,
  serversByPort,
  servicePorts,
} from '../../linkerd/index.ts';
import { leadsTo, servicesLeadingTo } from '../../facts/mesh/leading-services.ts';
import { meshPoliciesAround } from '../../facts/mesh/mesh-policies.ts';
import { becomesMeshed, meshWorkloadOf, type MeshWorkload } from '../../facts/workload/mesh-workload.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { storeOf } from '../../facts/store/store.ts';
import { plural } from '../../text/plural.ts';

/**
 * A port of a database or broker is not opaque, so Linkerd looks for HTTP in its bytes: where the client waits for the
 * server to speak first, for ten seconds of every connection.
 * Source: Linkerd's docs on protocol detection; its list of default ports in values.yaml.
 */
export const dataOpaque = defineRule({
  id: 'data/opaque',
  title: 'The protocol of a database or broker is not marked opaque, so Linkerd waits to detect it',
  appliesTo: { kinds: ['workload'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const store = storeOf(subject, context);
    const workload = store && meshWorkloadOf(subject, context);
    if (!workload || !becomesMeshed(workload)) return [];
    const { mesh, namespace, template } = workload;
    const { annotation, atStart, enforced } = opaquePortsOfPod(template, namespace.annotations, mesh.linkerd);
    const opaque = annotation === undefined ? atStart : enforced;
    const servers = serversByPort(
      template,
      namespace.name,
      meshPoliciesAround(subject, context),
      mesh.linkerd,
    );
    const detected = store.ports.filter(
      (port) =>
        store.speaksBytes(port) &&
        !includesPort(opaque, port) &&
        !isBytes(servers.get(port)?.server.protocol) &&
        !isMarkedByServices(port, workload, context),
    );
    if (detected.length === 0) return [];
    const pointer = `${template.pointer}/metadata/annotations${pointerOf(opaquePortsAnnotation)}`;
    const listed = annotation === undefined ? defaultsInUse(workload, context) : [annotation];
    const value = [...listed, ...detected].filter((part) => part !== '').join(',');
    const ports = `${plural(detected.length, 'port')} ${detected.join(' and ')}`;
    return [
      {
        pointer,
        message: `${store.name} on ${ports} is not opaque, so Linkerd looks for HTTP in each connection, for up to 10 seconds`,
        expected: `${opaquePortsAnnotation}: ${JSON.stringify(value)} on the pod template, and appProtocol: linkerd.io/opaque on the port of its Service`,
        fix: [{ pointer, value }],
      },
    ];
  },
});

function isBytes(protocol: string | undefined): boolean {
  return protocol === 'opaque' || protocol === 'TLS';
}

/** The ports that Services lead to and that are opaque by default: a list of its own takes that from them. */
function defaultsInUse(
  { mesh, namespace, object, template }: MeshWorkload,
  { inventory }: RuleContext,
): readonly number[] {
  const defaults = readDestinationPorts(mesh.linkerd.opaquePorts, new Map());
  const ports = [...inventory.services(object.metadata.namespace ?? 'default')].flatMap((service) =>
    leadsTo(service, template)
      ? servicePorts(service, namespace.annotations, mesh.linkerd).flatMap(
          ({ targetPort }) => resolveTargetPort(targetPort, template, mesh.linkerd) ?? [],
        )
      : [],
  );
  return [...new Set(ports)].filter((port) => includesPort(defaults, port));
}

/**
 * Whether every way to a port leads over a Service that is opaque there: meshed clients then say so themselves. Those
 * of a headless Service connect to the pods, so what it says does not reach them.
 */
function isMarkedByServices(port: number, workload: MeshWorkload, { inventory }: RuleContext): boolean {
  const { mesh, namespace, template } = workload;
  let marked = false;
  for (const service of servicesLeadingTo(workload, inventory)) {
    for (const { opaque, targetPort } of servicePorts(service, namespace.annotations, mesh.linkerd)) {
      if (resolveTargetPort(targetPort, template, mesh.linkerd) !== port) continue;
      if (!opaque || isHeadless(service)) return false;
      marked = true;
    }
  }
  return marked;
}

function isHeadless({ spec }: KubernetesObject): boolean {
  return isRecord(spec) && spec.clusterIP === 'None';
}
