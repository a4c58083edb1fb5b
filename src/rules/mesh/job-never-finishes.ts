import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { defineRule } from '../define-rule.ts';
import { meshWorkloadOf } from '../../facts/workload/mesh-workload.ts';

/**
 * The pods of a Job or CronJob, or a Pod that is not to be started again, would run for ever, because their proxy does. One that asks for the proxy may end it
 * in a way that no manifest shows, so that is a warning; one that doesn't ask gets no annotation and would run
 * outside the mesh.
 * Source: Linkerd's docs on native sidecars and on graceful shutdown of Jobs.
 */
export const jobNeverFinishes = defineRule({
  id: 'mesh/job-never-finishes',
  title: 'A Job would never finish, because its proxy runs on',
  appliesTo: { kinds: ['Job.batch', 'CronJob.batch', 'Pod.'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const workload = meshWorkloadOf(subject, context);
    if (!workload?.unfinished) return [];
    const { injection, template, unfinished } = workload;
    const { lacks, remedy } = unfinished;
    const { key, value } = lacks ?? remedy;
    const pointer = template.pointer + pointerOf('metadata', 'annotations', key);
    const asks = injection.injected;
    return [
      {
        pointer,
        message: asks
          ? unfinished.message
          : `its pods would run outside the mesh, because inside it ${unfinished.message}`,
        expected: lacks
          ? `${key}: ${value} at ${template.pointer}/metadata/annotations, or ${remedy.key}: "${remedy.value}" (Kubernetes 1.29 and later)`
          : `${key}: "${value}" at ${template.pointer}/metadata/annotations (Kubernetes 1.29 and later), or linkerd-await --shutdown`,
        fix: [{ pointer, value }],
        ...(asks ? { defaultAction: 'warn' as const } : {}),
      },
    ];
  },
});
