import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import { untouched, type Injection } from './injection-answer.ts';
import { declaresUdp } from '../ports/container-ports.ts';
import { injectionReasons } from './injection-reasons.ts';
import type { LinkerdProfile } from '../installation/installation.ts';
import { annotationMap } from '../proxy/proxy-annotations.ts';

/** The kinds whose pods `linkerd inject` knows how to find. */
const commandKinds = new Set([
  'deployment',
  'replicationcontroller',
  'replicaset',
  'job',
  'daemonset',
  'statefulset',
  'pod',
  'cronjob',
]);

/** Predicts the command `linkerd inject`, which ignores namespaces and opaque ports. */
export function predictCommand(
  { kind }: KubernetesObject,
  template: PodTemplate | undefined,
  installation: LinkerdProfile,
): Injection {
  if (!template || !commandKinds.has(kind.toLowerCase()))
    return untouched({ reasons: ['unsupported_resource'], webhookCalled: false });
  const annotations = annotationMap(template.metadata.annotations);
  const reasons = injectionReasons(template.spec, annotations, new Map(), installation, 'cli');
  return untouched({
    injected: reasons.length === 0,
    reasons,
    webhookCalled: false,
    udpWarning: declaresUdp(template.spec),
  });
}
