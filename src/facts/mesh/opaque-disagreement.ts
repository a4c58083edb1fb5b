import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { opaqueDisagreements, opaquePortsAnnotation, type OpaqueDisagreement } from '../../linkerd/index.ts';
import { nameOf } from '../object-name.ts';
import type { Finding } from '../finding.ts';
import type { RuleContext } from '../subject.ts';
import { leadsTo, servicesLeadingTo, withInjected } from './leading-services.ts';
import {
  becomesMeshed,
  describeWorkload,
  meshConventionOf,
  type MeshWorkload,
} from '../workload/mesh-workload.ts';

/** The ports of a Service that it and some workload behind it take for different things, each told once. */
export function disagreementsOnService(
  service: KubernetesObject,
  { convention, inventory, point }: RuleContext,
): Finding[] {
  const mesh = meshConventionOf(convention);
  const { namespace } = service.metadata;
  if (!mesh || !namespace) return [];
  const told = new Set<number>();
  const findings: Finding[] = [];
  for (const object of inventory.workloads(namespace)) {
    const workload = describeWorkload(object, mesh, inventory, point);
    if (!workload || !leadsTo(service, workload.template) || !becomesMeshed(workload)) continue;
    const asCreated = withInjected(service, workload.namespace, mesh);
    for (const disagreement of disagreementsOf(asCreated, workload)) {
      if (told.has(disagreement.service.index)) continue;
      told.add(disagreement.service.index);
      findings.push(
        findingOn(
          service,
          pointerOf('spec', 'ports', disagreement.service.index),
          nameOf(object),
          disagreement,
        ),
      );
    }
  }
  return findings;
}

/** The same, told of the workload. */
export function disagreementsOnWorkload(workload: MeshWorkload, { inventory }: RuleContext): Finding[] {
  const { object, template } = workload;
  const findings: Finding[] = [];
  for (const service of servicesLeadingTo(workload, inventory)) {
    for (const disagreement of disagreementsOf(service, workload))
      findings.push(findingOn(object, template.pointer, nameOf(service), disagreement));
  }
  return findings;
}

/** Opacity by `appProtocol` is a word to clients, who then tell the server themselves: the pod need not know. */
function disagreementsOf(
  service: KubernetesObject,
  { mesh, namespace, template }: MeshWorkload,
): readonly OpaqueDisagreement[] {
  return opaqueDisagreements(service, template, namespace.annotations, mesh.linkerd).filter(
    (disagreement) => disagreement.podOpaque || disagreement.service.by !== 'appProtocol',
  );
}

function findingOn(
  object: KubernetesObject,
  pointer: string,
  other: string,
  { podOpaque, service, targetPort }: OpaqueDisagreement,
): Finding {
  const isService = object.kind === 'Service';
  const port = `port ${isService ? service.port : targetPort}`;
  const says = isService === podOpaque ? 'is not opaque here, but it is on' : 'is opaque here, but not on';
  return {
    rule: 'mesh/opaque-ports',
    object: referenceOf(object),
    pointer,
    message: `${nameOf(object)}: ${port} ${says} ${other}`,
    witness: `port ${service.port} of the Service leads to port ${targetPort} of the pods`,
    expected: `${opaquePortsAnnotation} with ${service.port} on the Service and ${targetPort} on the pod template, or with neither`,
  };
}
