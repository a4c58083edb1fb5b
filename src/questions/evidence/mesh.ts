import type { Point } from '../../conventions/document/action.ts';
import {
  describeWorkload,
  lacksOnlyAnnotation,
  meshConventionOf,
  type MeshWorkload,
} from '../../facts/workload/mesh-workload.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import { type KubernetesObject, referenceOf } from '../../kubernetes/object.ts';
import type { InjectionReason } from '../../linkerd/index.ts';
import { listInWords } from '../../text/list.ts';
import type { QuestionContext } from '../question-context.ts';
import type { EvidenceFinding, MeshEvidence, OutsideMesh } from './evidence.ts';

/** How many of the workloads that conventions want in the mesh are in it, and why the others are not. */
export function evidenceOfMesh(
  objects: readonly KubernetesObject[],
  findings: readonly EvidenceFinding[],
  question: QuestionContext,
  point: Point,
): MeshEvidence {
  const workloads = objects.flatMap((object) => workloadOf(object, question, point) ?? []);
  const waived = waiversByObject(findings);
  const added = workloads.filter((workload) => isAddedTo(workload, point));
  const outside = workloads.filter((workload) => !isMeshed(workload) && !isAddedTo(workload, point));
  return {
    wanted: workloads.length,
    meshed: workloads.length - outside.length,
    byAdmission: added.length,
    outside: outside.map((workload): OutsideMesh => {
      const object = referenceOf(workload.object);
      return { object, why: whyOutside(workload), waivers: waived.get(keyOf(object)) ?? [] };
    }),
  };
}

function workloadOf(
  object: KubernetesObject,
  { conventions, inventory }: QuestionContext,
  point: Point,
): MeshWorkload | undefined {
  const { namespace = '' } = object.metadata;
  const home = namespaceIdentity(namespace, inventory.namespace(namespace));
  const mesh = meshConventionOf(conventions.governing(home));
  if (!mesh || isFromJudgedTemplate({ operation: 'STATE', object }, { inventory })) return undefined;
  return describeWorkload(object, mesh, inventory, point);
}

function isMeshed({ hasProxy, injection }: MeshWorkload): boolean {
  return hasProxy || injection.injected;
}

/** What lies in files goes through admission; what exists has been there, and stays as it is. */
function isAddedTo(workload: MeshWorkload, point: Point): boolean {
  return point === 'ci' && !isMeshed(workload) && lacksOnlyAnnotation(workload);
}

/** Words for Linkerd's own. Source: linkerd2 pkg/inject/report.go. */
const reasons: Readonly<Record<InjectionReason, string>> = {
  host_network_enabled: 'its pods use the network of their node',
  sidecar_already_exists: 'it has a sidecar that Linkerd takes for a proxy',
  unsupported_resource: 'Linkerd injects nothing into this kind',
  invalid_inject_annotation_at_ns:
    'its namespace has a value of linkerd.io/inject that Linkerd does not know',
  invalid_inject_annotation_at_workload: 'it has a value of linkerd.io/inject that Linkerd does not know',
  injection_disable_annotation_present: 'it says linkerd.io/inject: disabled',
  injection_enable_annotation_absent: 'nothing asks for the mesh',
  disabled_automount_service_account_token_account: 'its pods have no service account token',
  '': 'it says linkerd.io/inject: disabled',
};

function whyOutside({
  injection,
  namespace,
  optOut,
  podSecurity,
  refusedOnceInjected,
}: MeshWorkload): string {
  if (optOut === 'template') return 'its pod template says linkerd.io/inject: disabled';
  if (optOut === 'namespace') return 'its namespace says linkerd.io/inject: disabled';
  if (!injection.webhookCalled) return 'the API server does not ask Linkerd about its pods';
  const [refused] = refusedOnceInjected;
  if (injection.reasons.length > 0) return listInWords(injection.reasons.map((reason) => reasons[reason]));
  if (podSecurity)
    return `Pod Security of namespace "${namespace.name}" refuses pods with Linkerd's init container`;
  return refused?.message ?? injection.denialMessage ?? 'Linkerd adds no proxy';
}

/** The waivers of findings that are about the mesh, by the object that has them. */
function waiversByObject(findings: readonly EvidenceFinding[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { object, rule, waivers } of findings) {
    if (waivers.length === 0 || !rule.startsWith('mesh/')) continue;
    const key = keyOf(object);
    found.set(key, [...new Set([...(found.get(key) ?? []), ...waivers])]);
  }
  return found;
}

function keyOf({ apiVersion, kind, namespace, name }: EvidenceFinding['object']): string {
  return JSON.stringify([apiVersion, kind, namespace, name]);
}
