import { injectAnnotation } from '../annotations/catalogue.ts';
import { isRecord } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { InjectionOrigin, InjectionReason } from './injection-answer.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import type { AnnotationMap } from '../proxy/proxy-annotations.ts';
import { findSidecar } from '../proxy/sidecar.ts';
import { records } from '../../kubernetes/read.ts';

/**
 * All reasons why a pod gets no proxy, in Linkerd's order; with none it is injected.
 * Source: Linkerd pkg/inject/report.go.
 */
export function injectionReasons(
  spec: PodTemplate['spec'],
  podAnnotations: AnnotationMap,
  namespaceAnnotations: AnnotationMap,
  installation: LinkerdProfile,
  origin: InjectionOrigin,
  tokenComes = origin === 'cli',
): readonly InjectionReason[] {
  const reasons: InjectionReason[] = [];
  if (spec.hostNetwork === true) reasons.push('host_network_enabled');
  if (findSidecar(spec, installation.version)) reasons.push('sidecar_already_exists');
  const optOut = annotationReason(
    podAnnotations.get(injectAnnotation) ?? '',
    namespaceAnnotations.get(injectAnnotation) ?? '',
    origin,
  );
  if (optOut !== undefined) reasons.push(optOut);
  if (!installation.tokenProjection && !mountsServiceAccountToken(spec, tokenComes))
    reasons.push('disabled_automount_service_account_token_account');
  return reasons;
}

const validValues = new Set(['', 'enabled', 'disabled', 'ingress']);

function annotationReason(
  pod: string,
  namespace: string,
  origin: InjectionOrigin,
): InjectionReason | undefined {
  if (origin === 'cli') return pod === 'disabled' ? '' : undefined;
  if (!validValues.has(namespace)) return 'invalid_inject_annotation_at_ns';
  if (!validValues.has(pod)) return 'invalid_inject_annotation_at_workload';
  if (namespace === 'enabled' || namespace === 'ingress')
    return pod === 'disabled' ? 'injection_disable_annotation_present' : undefined;
  return pod === 'enabled' || pod === 'ingress' ? undefined : 'injection_enable_annotation_absent';
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Whether a pod mounts its token. At admission the mount is already in the pod, so the first container must have it.
 */
function mountsServiceAccountToken(spec: PodTemplate['spec'], tokenComes: boolean): boolean {
  if (spec.automountServiceAccountToken === false) return false;
  if (tokenComes) return true;
  const mounts = records(spec.containers)[0]?.volumeMounts;
  return Array.isArray(mounts) && mounts.some((mount) => isRecord(mount) && mount.mountPath === tokenPath);
}
