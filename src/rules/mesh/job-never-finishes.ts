import { pointerOf } from '../../kubernetes/json-pointer.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import type { UnfinishedJob } from '../../linkerd/index.ts';
import { podPlacesOf } from '../../workloads/custom/pod-places.ts';
import type { Remark } from '../../facts/finding.ts';
import { ifMeshed } from '../../facts/mesh/if-meshed.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { injectionNamespaceOf } from '../../facts/workload/injection-namespace.ts';
import { meshConventionOf, meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';
import { defineRule } from '../define-rule.ts';

/**
 * The pods of a Job or CronJob, or of anything else that are not to be started again, would run for ever, because their
 * proxy does. One that asks for the proxy may end it in a way that no manifest shows, so that is a warning; one that
 * doesn't ask gets no annotation and would run outside the mesh.
 * Source: Linkerd's docs on native sidecars and on graceful shutdown of Jobs.
 */
export const jobNeverFinishes = defineRule({
  id: 'mesh/job-never-finishes',
  title: 'A Job would never finish, because its proxy runs on',
  appliesTo: { kinds: ['workload', 'pod-maker'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload) return inResource(subject, context);
    const { injection, template, unfinished } = workload;
    if (!unfinished) return [];
    const asks = injection.injected;
    return [
      {
        message: asks
          ? unfinished.message
          : `its pods would run outside the mesh, because inside it ${unfinished.message}`,
        ...remedyFor(unfinished, template),
        ...(asks ? { defaultAction: 'warn' as const } : {}),
      },
    ];
  },
});

/** The templates of a custom resource whose pods are meshed; those that ask for nothing get nothing. */
function inResource({ object }: Subject, { convention, inventory }: RuleContext): readonly Remark[] {
  const profile = meshConventionOf(convention)?.linkerd;
  const templates = (profile && podPlacesOf(object, convention?.workloads)?.templates) ?? [];
  return templates.flatMap((template) => {
    const { unfinished } = profile
      ? ifMeshed(template, injectionNamespaceOf(object, inventory), profile)
      : {};
    if (!unfinished) return [];
    const message = `the pods made of it never finish: ${unfinished.why}`;
    return [{ message, ...remedyFor(unfinished, template), defaultAction: 'warn' }];
  });
}

function remedyFor(
  { lacks, remedy }: UnfinishedJob,
  template: PodTemplate,
): Pick<Remark, 'pointer' | 'brief' | 'expected' | 'fix'> {
  const { key, value } = lacks ?? remedy;
  const pointer = template.pointer + pointerOf('metadata', 'annotations', key);
  return {
    pointer,
    brief: `write ${key}: "${value}"`,
    expected: lacks
      ? `${key}: ${value} at ${template.pointer}/metadata/annotations, or ${remedy.key}: "${remedy.value}" (Kubernetes 1.29 and later)`
      : `${key}: "${value}" at ${template.pointer}/metadata/annotations (Kubernetes 1.29 and later), or linkerd-await --shutdown`,
    fix: [{ pointer, value }],
  };
}
