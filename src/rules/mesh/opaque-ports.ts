import { pointerOf, type JsonPointer } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  containerPorts,
  includesPort,
  opaquePortsAnnotation,
  opaquePortsOfPod,
  opaqueProtocolOf,
  readDestinationPorts,
  servicePorts,
} from '../../linkerd/index.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Finding } from '../../facts/finding.ts';
import type { Rule } from '../rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { annotationFinding, faultyAnnotations } from '../../facts/mesh/linkerd-annotations.ts';
import {
  becomesMeshed,
  meshConventionOf,
  meshWorkloadOf,
  type MeshWorkload,
} from '../../facts/workload/mesh-workload.ts';
import { disagreementsOnService, disagreementsOnWorkload } from '../../facts/mesh/opaque-disagreement.ts';
import { cut } from '../../text/cut.ts';

/**
 * A list of opaque ports does not do what it says: its readers in Linkerd drop it, it takes default ports away, or
 * the Service and the pods behind it go by different ones.
 * Source: linkerd2 pkg/util/parsing.go, policy-controller k8s/index ports.rs, pkg/healthcheck (opaque ports check).
 */
export const opaquePorts: Rule = {
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
        ...annotationFinding('mesh/opaque-ports', subject.object, annotation),
        ...(annotation.expected === undefined ? {} : { expected: annotation.expected }),
      }));
    if (subject.object.kind === 'Namespace') return [];
    const workload = meshWorkloadOf(subject, context);
    return workload ? workloadFindings(workload, subject, context) : serviceFindings(subject, context);
  },
};

function workloadFindings(workload: MeshWorkload, { operation }: Subject, context: RuleContext): Finding[] {
  if (!becomesMeshed(workload)) return [];
  return [
    ...replacedDefaults(workload),
    // In files it is told of the Service, once.
    ...(operation === 'STATE' ? [] : disagreementsOnWorkload(workload, context)),
  ];
}

/** A list of its own replaces the installation's; most pods have none. */
function replacedDefaults({ annotations, mesh, namespace, object, template }: MeshWorkload): Finding[] {
  if (!annotations[opaquePortsAnnotation] && !namespace.annotations[opaquePortsAnnotation]) return [];
  const { annotation, enforced, from } = opaquePortsOfPod(template, namespace.annotations, mesh.linkerd);
  if (from === 'installation' || annotation === undefined || annotation === '') return [];
  const declared = containerPorts(template.spec).flatMap(({ port, protocol }) =>
    protocol === 'TCP' ? [port] : [],
  );
  const lost = defaultsLost(declared, mesh.linkerd.opaquePorts, (port) => includesPort(enforced, port));
  const pointer = `${template.pointer}/metadata/annotations`;
  return replacedFinding(object, pointer, annotation, lost, from === 'namespace');
}

function serviceFindings({ object }: Subject, context: RuleContext): Finding[] {
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
    ...replacedFinding(object, '/metadata/annotations', annotation ?? '', lost, false),
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

function replacedFinding(
  object: KubernetesObject,
  annotations: JsonPointer,
  list: string,
  lost: readonly number[],
  inherited: boolean,
): Finding[] {
  if (lost.length === 0) return [];
  const pointer = annotations + pointerOf(opaquePortsAnnotation);
  const complete = `${list},${lost.join(',')}`;
  const names = lost.map((port) => {
    const protocol = opaqueProtocolOf(port);
    return protocol ? `${port} (${protocol.name})` : String(port);
  });
  return [
    {
      rule: 'mesh/opaque-ports',
      object: referenceOf(object),
      pointer,
      message: `${nameOf(object)}: ${inherited ? "its namespace's" : 'its'} list of opaque ports replaces the default one, so ${names.join(' and ')} is no longer opaque`,
      found: `${opaquePortsAnnotation}: ${JSON.stringify(cut(list, 200, { mark: '' }))}`,
      expected: `${opaquePortsAnnotation}: ${JSON.stringify(cut(complete, 200, { mark: '' }))}`,
      fix: [{ pointer, value: complete }],
    },
  ];
}
