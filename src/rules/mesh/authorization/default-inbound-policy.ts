import { pointerOf, type JsonPointer } from '../../../kubernetes/json-pointer.ts';
import { annotationsOf, type StringMap } from '../../../kubernetes/object.ts';
import {
  admitsMore,
  clientsOfDefault,
  defaultInboundPolicyAnnotation as annotation,
  isInboundPolicy,
  suggestValue,
  valueKinds,
  type LinkerdProfile,
} from '../../../linkerd/index.ts';
import type { MeshConvention } from '../../../conventions/convention/convention.ts';
import type { Remark } from '../../../facts/finding.ts';
import { defineRule } from '../../define-rule.ts';
import { meshConventionOf, meshWorkloadOf } from '../../../facts/workload/mesh-workload.ts';

/**
 * Who may reach ports for which no Server exists is not what the annotation says: Linkerd ignores a value that it
 * does not know and lets in whom the installation lets in; and a workload that lets in more than its namespace
 * takes back what that decided.
 * Source: linkerd2 pkg/inject (a warning in the log), policy-controller inbound/workload.rs.
 */
export const defaultInboundPolicy = defineRule({
  id: 'mesh/default-inbound-policy',
  title: 'A default inbound policy fails open, or opens what the namespace closes',
  appliesTo: { kinds: ['workload', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const mesh = meshConventionOf(context.convention);
    if (!mesh) return [];
    if (object.kind === 'Namespace') {
      // Whether it is what the convention wants there, mesh/namespace-annotation says.
      const own = policyOf(annotationsOf(object));
      return own === undefined ? [] : remarksOn(pointerTo(''), own, undefined, mesh.linkerd);
    }
    const workload = meshWorkloadOf(subject, context);
    const own = workload && policyOf(workload.annotations);
    if (!workload || own === undefined) return [];
    const { namespace, template } = workload;
    const inherited = policyOf(namespace.annotations);
    if (workload.hasProxy && own === inherited) return [];
    const wanted =
      inherited !== undefined && isInboundPolicy(inherited, mesh.linkerd.version)
        ? { policy: inherited, by: 'its namespace' }
        : wantedBy(mesh);
    return remarksOn(pointerTo(template.pointer), own, wanted, mesh.linkerd);
  },
});

/** The policy that holds where the annotation is silent, and whose word that is. */
interface Wanted {
  readonly policy: string;
  readonly by: string;
}

function remarksOn(
  pointer: JsonPointer,
  policy: string,
  wanted: Wanted | undefined,
  profile: LinkerdProfile,
): Remark[] {
  const remark = {
    pointer,
    found: `${annotation}: ${JSON.stringify(policy)}`,
  } as const;
  if (!isInboundPolicy(policy, profile.version)) {
    const meant = suggestValue('inboundPolicy', policy);
    return [
      {
        ...remark,
        message: `Linkerd ignores ${annotation}: ${JSON.stringify(policy)}, so the installation's ${profile.defaultInboundPolicy} holds`,
        expected: meant === undefined ? valueKinds.inboundPolicy.expected : `${annotation}: ${meant}`,
        ...(meant === undefined ? {} : { fix: [{ pointer, value: meant }] }),
        ...(failsOpen(meant, profile) ? { defaultAction: 'deny' } : {}),
      },
    ];
  }
  if (!wanted || !admitsMore(clientsOfDefault(policy, profile), clientsOfDefault(wanted.policy, profile)))
    return [];
  return [
    {
      ...remark,
      message: `${annotation}: ${policy} lets in more clients than the ${wanted.policy} of ${wanted.by}`,
      expected: `${annotation}: ${wanted.policy}, and a Server with an AuthorizationPolicy for what must be reached`,
    },
  ];
}

/** Whether it is certain that more is let in than was meant: the word that was meant is known and stricter. */
function failsOpen(meant: string | undefined, profile: LinkerdProfile): boolean {
  if (meant === undefined) return false;
  const { defaultInboundPolicy: installed } = profile;
  return admitsMore(clientsOfDefault(installed, profile), clientsOfDefault(meant, profile));
}

function wantedBy({ linkerd, namespaces }: MeshConvention): Wanted | undefined {
  const policy = policyOf(namespaces);
  return policy !== undefined && isInboundPolicy(policy, linkerd.version)
    ? { policy, by: 'the convention' }
    : undefined;
}

function policyOf(annotations: StringMap): string | undefined {
  return Object.hasOwn(annotations, annotation) ? annotations[annotation] : undefined;
}

function pointerTo(template: JsonPointer): JsonPointer {
  return template + pointerOf('metadata', 'annotations', annotation);
}
