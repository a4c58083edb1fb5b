import type { DefaultAction } from '../../conventions/document/action.ts';
import { pathOf, valueAt } from '../../kubernetes/json-pointer.ts';
import { annotationsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import {
  annotationBypasses,
  meshBypasses,
  replacedImages,
  runningAs,
  type BypassWay,
  type LinkerdProfile,
  type MeshBypass,
} from '../../linkerd/index.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { meshConventionOf, meshWorkloadOf, type MeshWorkload } from '../../facts/workload/mesh-workload.ts';
import { cut } from '../../text/cut.ts';

/**
 * Traffic, or what the proxy makes of it, gets around the mesh although the pods are in it. What leaves the proxy
 * nothing to do is refused by default; what may well be meant is a warning.
 * Source: linkerd2 pkg/inject, linkerd2-proxy-init (ports and users that iptables leaves alone).
 */
export const bypass = defineRule({
  id: 'mesh/bypass',
  title: 'Traffic of meshed pods, or their proxy itself, gets around the mesh',
  appliesTo: { kinds: ['workload', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => waysOf(subject, context).flatMap((way) => remarkOn(subject.object, way) ?? []),
});

function waysOf(subject: Subject, context: RuleContext): readonly MeshBypass[] {
  const { object } = subject;
  const profile = meshConventionOf(context.convention)?.linkerd;
  if (!profile) return [];
  if (object.kind === 'Namespace')
    return annotationBypasses(annotationsOf(object), '/metadata/annotations', profile);
  const workload = meshWorkloadOf(subject, context);
  if (workload && isRunning(subject)) return waysOfRunning(subject, workload, profile);
  // Outside the mesh there is nothing to get around, and other rules say so.
  if (!workload?.wanted.webhookCalled || workload.wanted.reasons.length > 0) return [];
  return meshBypasses(workload.template, profile, workload.wanted.settings);
}

/** Ways that are findings of rules of their own. */
const elsewhere: ReadonlySet<BypassWay> = new Set([
  'opt-out',
  'host-network',
  'excluding-label',
  'forged-mesh-label',
  'fake-proxy',
]);

function isRunning({ object, operation }: Subject): boolean {
  return object.kind === 'Pod' && operation === 'UPDATE';
}

/** Its redirect and its proxy are as they were when it was made, but for their images; and containers still come to it. */
function waysOfRunning(
  { oldObject }: Subject,
  { hasProxy, object, template, wanted }: MeshWorkload,
  profile: LinkerdProfile,
): readonly MeshBypass[] {
  const written = hasProxy ? podTemplateOf(object) : undefined;
  if (!written) return [];
  const settings = { ...(wanted.settings ?? profile), ...runningAs(written.spec) };
  const former = oldObject ? podTemplateOf(oldObject) : undefined;
  return [
    ...meshBypasses(template, profile, settings).filter(({ pointer }) => pointer.startsWith('/spec/')),
    ...(former ? replacedImages(former.spec, written.spec, profile) : []),
  ];
}

function remarkOn(
  object: KubernetesObject,
  { message, pointer, total, way }: MeshBypass,
): Remark | undefined {
  if (elsewhere.has(way) || (way === 'admin-shutdown' && endsByItself(object))) return undefined;
  const found = valueAt(object, pointer);
  const isAnnotation = typeof found === 'string';
  const defaultAction: DefaultAction = total ? 'deny' : 'warn';
  return {
    pointer,
    message,
    ...(isAnnotation
      ? { found: `${pathOf(pointer).at(-1)}: ${JSON.stringify(cut(found, 200, { mark: '' }))}` }
      : {}),
    expected: expectedFor(way),
    defaultAction,
  };
}

/** A Job's own way to end its proxy, where that is no native sidecar. */
function endsByItself({ kind }: KubernetesObject): boolean {
  return kind === 'Job' || kind === 'CronJob';
}

const withWaiver = 'or a waiver for mesh/bypass with owner, reason and end';

function expectedFor(way: BypassWay): string {
  if (way === 'skip-inbound-ports' || way === 'skip-outbound-ports')
    return `config.linkerd.io/opaque-ports where only detection is in the way, ${withWaiver}`;
  if (way === 'proxy-user') return `another user id, ${withWaiver}`;
  if (way === 'proxy-group') return `another group id, ${withWaiver}`;
  if (way === 'proxy-template') return `a value of one line, ${withWaiver}`;
  if (way === 'network-admin') return `containers without NET_ADMIN and privileges, ${withWaiver}`;
  if (way === 'replaced-image') return `the image that the injector has given it, ${withWaiver}`;
  return `the setting of the installation, ${withWaiver}`;
}
