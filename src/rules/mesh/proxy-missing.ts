import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { predictInjection } from '../../linkerd/index.ts';
import { injectionNamespaceOf } from '../../facts/workload/injection-namespace.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { isMirrorPod } from '../../workloads/makers.ts';
import { meshConventionOf } from '../../facts/workload/mesh-workload.ts';

/**
 * A pod comes without the proxy that Linkerd should have given it: the injector was away and its webhook ignores
 * that, or its answer could not be read. Judged when pods are created, after all mutation, and by the audit, which also
 * finds those that are older than the annotation of their namespace; in files nobody has injected anything yet. A pod
 * that Linkerd would not inject, for whatever reason, is no finding here.
 */
export const proxyMissing = defineRule({
  id: 'mesh/proxy-missing',
  title: 'A pod that should be meshed has no proxy',
  appliesTo: { kinds: ['Pod.'], operations: ['CREATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  ofRunning: true,
  check: ({ object, operation }, { convention, inventory }) => {
    const template = podTemplateOf(object);
    const mesh = meshConventionOf(convention);
    if (!template || !mesh || isMirrorPod(object)) return [];
    const namespace = injectionNamespaceOf(object, inventory);
    const { podCreation, reasons, webhookCalled } = predictInjection(object, namespace, mesh.linkerd);
    if (!webhookCalled || reasons.length > 0) return [];
    if (operation === 'STATE') return [running];
    return [
      {
        pointer: '/spec/containers',
        message: "it asks for Linkerd's proxy and has none",
        witness:
          podCreation === 'undecodable-patch'
            ? "the injector's answer was no JSON, and the API server went on without it"
            : mesh.linkerd.webhookFailurePolicy === 'Fail'
              ? "the injector's webhook lets no pod through that it could not answer for (failurePolicy: Fail), so something took the proxy out again, or the webhook was not called"
              : "the API server went on without the injector's answer (failurePolicy: Ignore)",
        expected: 'a container linkerd-proxy; see linkerd check and the pods of linkerd-proxy-injector',
      },
    ];
  },
});

/** Of a pod that runs nobody can say any more what went wrong. */
const running: Remark = {
  pointer: '/spec/containers',
  message: 'it runs outside the mesh, without the proxy that it asks for',
  witness: 'it was created before it was to be injected, or while the injector did not answer',
  expected:
    'a new pod in its place: kubectl rollout restart for what a workload made, else delete and create it again',
};
