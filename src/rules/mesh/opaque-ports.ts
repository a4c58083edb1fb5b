import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  injectorPorts,
  includesPort,
  opaquePortsAnnotation,
  opaquePortsOfPod,
  opaqueProtocolOf,
  readDestinationPorts,
  servicePorts,
  type OpaqueDisagreement,
} from '../../linkerd/index.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { faultInWords, faultyAnnotations } from '../../facts/mesh/linkerd-annotations.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  meshWorkloadOf,
  type MeshWorkload,
} from '../../facts/workload/mesh-workload.ts';
import { leadsTo, servicesLeadingTo, withInjected } from '../../facts/mesh/leading-services.ts';
import { disagreementsOf, listForService } from '../../facts/mesh/opaque-disagreements.ts';
import { cut } from '../../text/cut.ts';

/**
 * A list of opaque ports does not do what it says: its readers in Linkerd drop it, it takes default ports away, or
 * the Service and the pods behind it go by different ones.
 * Source: linkerd2 pkg/util/parsing.go, policy-controller k8s/index ports.rs, pkg/healthcheck (opaque ports check).
 */
export const opaquePorts = defineRule({
  id: 'mesh/opaque-ports',
  title: 'A list of opaque ports is not read as it is meant',
  appliesTo: { kinds: ['workload', 'Namespace', 'Service.'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    const mesh = meshConventionOf(context.convention);
    if (!mesh) return [];
    const misread = faultyAnnotations(subject, context).filter(
      ({ fault, key }) => key === opaquePortsAnnotation && fault === 'value',
    );
    if (misread.length > 0)
      return misread.map((annotation) => ({
        ...faultInWords(annotation),
        ...(annotation.expected === undefined ? {} : { expected: annotation.expected }),
      }));
    if (subject.object.kind === 'Namespace') return [];
    const workload = meshWorkloadOf(subject, context);
    return workload ? workloadFindings(workload, subject, context) : serviceFindings(subject, context);
  },
});

function workloadFindings(workload: MeshWorkload, { operation }: Subject, context: RuleContext): Remark[] {
  if (!becomesMeshed(workload)) return [];
  return [
    ...replacedDefaults(workload),
    // In files it is told of the Service, once.
    ...(operation === 'STATE' ? [] : disagreementsOnWorkload(workload, context)),
  ];
}

/** A list of its own replaces the installation's; most pods have none. */
function replacedDefaults({ annotations, mesh, namespace, template }: MeshWorkload): Remark[] {
  if (!annotations[opaquePortsAnnotation] && !namespace.annotations[opaquePortsAnnotation]) return [];
  const { annotation, enforced, from } = opaquePortsOfPod(template, namespace.annotations, mesh.linkerd);
  if (from === 'installation' || annotation === undefined || annotation === '') return [];
  const declared = injectorPorts(template.spec, mesh.linkerd).flatMap(({ port, protocol }) =>
    protocol === 'TCP' ? [port] : [],
  );
  const lost = defaultsLost(declared, mesh.linkerd.opaquePorts, (port) => includesPort(enforced, port));
  const pointer = `${template.pointer}/metadata/annotations`;
  return replacedRemark(pointer, annotation, lost, from === 'namespace');
}

function serviceFindings({ object }: Subject, context: RuleContext): Remark[] {
  const profile = meshConventionOf(context.convention)?.linkerd;
  if (object.kind !== 'Service' || !profile) return [];
  const annotation = Object.hasOwn(annotationsOf(object), opaquePortsAnnotation)
    ? annotationsOf(object)[opaquePortsAnnotation]
    : undefined;
  const ports = servicePorts(object, {}, profile);
  const lost =
    annotation === undefined || annotation === ''
      ? []
      : defaultsLost(
          ports.filter(({ by }) => by === 'service').map(({ port }) => port),
          profile.opaquePorts,
          (port) => ports.some((known) => known.port === port && known.opaque),
        );
  return [
    ...replacedRemark('/metadata/annotations', annotation ?? '', lost, false),
    ...disagreementsOnService(object, context),
  ];
}

/** The ports of the installation's own list that are there and no longer opaque. */
function defaultsLost(
  ports: readonly number[],
  installed: string,
  isOpaque: (port: number) => boolean,
): readonly number[] {
  const defaults = readDestinationPorts(installed, new Map());
  return [...new Set(ports)].filter((port) => includesPort(defaults, port) && !isOpaque(port));
}

function replacedRemark(
  annotations: JsonPointer,
  list: string,
  lost: readonly number[],
  inherited: boolean,
): Remark[] {
  if (lost.length === 0) return [];
  const pointer = annotations + pointerOf(opaquePortsAnnotation);
  const complete = `${list},${lost.join(',')}`;
  const names = lost.map((port) => {
    const protocol = opaqueProtocolOf(port);
    return protocol ? `${port} (${protocol.name})` : String(port);
  });
  return [
    {
      pointer,
      message: `${inherited ? "its namespace's" : 'its'} list of opaque ports replaces the default one, so ${names.join(' and ')} is no longer opaque`,
      found: `${opaquePortsAnnotation}: ${JSON.stringify(cut(list, 200, { mark: '' }))}`,
      expected: `${opaquePortsAnnotation}: ${JSON.stringify(cut(complete, 200, { mark: '' }))}`,
      fix: [{ pointer, value: complete }],
    },
  ];
}

/** The ports of a Service that it and some workload behind it take for different things, each told once. */
function disagreementsOnService(
  service: KubernetesObject,
  { convention, inventory, point }: RuleContext,
): Remark[] {
  const mesh = meshConventionOf(convention);
  const { namespace } = service.metadata;
  if (!mesh || !namespace) return [];
  const behind = [...inventory.workloads(namespace)].flatMap((object) => {
    const workload = describeWorkload(object, mesh, inventory, point);
    return workload && leadsTo(service, workload.template) && becomesMeshed(workload) ? [workload] : [];
  });
  const told = new Map<number, { readonly by: MeshWorkload; readonly disagreement: OpaqueDisagreement }>();
  for (const by of behind) {
    for (const disagreement of disagreementsOf(withInjected(service, by.namespace, mesh), by))
      if (!told.has(disagreement.service.index)) told.set(disagreement.service.index, { by, disagreement });
  }
  const missing = [...told.values()].flatMap(
    ({
      disagreement: {
        podOpaque,
        service: { port },
      },
    }) => (podOpaque ? [port] : []),
  );
  const value = listForService(service, behind, missing);
  const fix = value && [{ pointer: `/metadata/annotations${pointerOf(opaquePortsAnnotation)}`, value }];
  return [...told].map(([index, { by, disagreement }]) => ({
    ...disagreementOn('Service', pointerOf('spec', 'ports', index), nameOf(by.object), disagreement),
    ...(fix && disagreement.podOpaque ? { fix } : {}),
  }));
}

/** The same, told of the workload. */
function disagreementsOnWorkload(workload: MeshWorkload, { inventory }: RuleContext): Remark[] {
  const { template } = workload;
  const remarks: Remark[] = [];
  for (const service of servicesLeadingTo(workload, inventory)) {
    for (const disagreement of disagreementsOf(service, workload))
      remarks.push(disagreementOn('workload', template.pointer, nameOf(service), disagreement));
  }
  return remarks;
}

function disagreementOn(
  told: 'Service' | 'workload',
  pointer: string,
  other: string,
  { podOpaque, service, targetPort }: OpaqueDisagreement,
): Remark {
  const isService = told === 'Service';
  const port = `port ${isService ? service.port : targetPort}`;
  const says = isService === podOpaque ? 'is not opaque here, but it is on' : 'is opaque here, but not on';
  return {
    pointer,
    message: `${port} ${says} ${other}`,
    witness: `port ${service.port} of the Service leads to port ${targetPort} of the pods`,
    expected: `${opaquePortsAnnotation} with ${service.port} on the Service and ${targetPort} on the pod template, or with neither`,
  };
}
