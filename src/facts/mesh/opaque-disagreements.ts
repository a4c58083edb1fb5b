import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  opaqueDisagreements,
  opaquePortsAnnotation,
  servicePorts,
  type OpaqueDisagreement,
} from '../../linkerd/index.ts';
import type { MeshWorkload } from '../workload/mesh-workload.ts';
import { withInjected } from './leading-services.ts';

/** Opacity by `appProtocol` is a word to clients, who then tell the server themselves: the pod need not know. */
export function disagreementsOf(
  service: KubernetesObject,
  { mesh, namespace, template }: MeshWorkload,
): readonly OpaqueDisagreement[] {
  return opaqueDisagreements(service, template, namespace.annotations, mesh.linkerd).filter(
    (disagreement) => disagreement.podOpaque || disagreement.service.by !== 'appProtocol',
  );
}

/**
 * The list of opaque ports that a Service needs to agree with the pods behind it, which own what their ports speak;
 * undefined where no list does that, since pods or an appProtocol say otherwise.
 * @param missing the ports of the Service that are opaque for pods alone
 */
export function listForService(
  service: KubernetesObject,
  behind: readonly MeshWorkload[],
  missing: readonly number[],
): string | undefined {
  const [first] = behind;
  if (!first || missing.length === 0) return undefined;
  const { mesh, namespace } = first;
  const asCreated = withInjected(service, namespace, mesh);
  const list =
    annotationsOf(asCreated)[opaquePortsAnnotation] ??
    servicePorts(asCreated, {}, mesh.linkerd)
      .flatMap(({ by, opaque, port }) => (opaque && by !== 'appProtocol' ? [port] : []))
      .join(',');
  const value = [...(list === '' ? [] : [list]), ...missing].join(',');
  const annotations = { ...annotationsOf(service), [opaquePortsAnnotation]: value };
  const fixed = { ...service, metadata: { ...service.metadata, annotations } };
  const isEnded = behind.every((workload) =>
    disagreementsOf(fixed, workload).every(({ service: { port } }) => !missing.includes(port)),
  );
  return isEnded ? value : undefined;
}
