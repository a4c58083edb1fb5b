import { referenceOf } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { predictInjection } from '../../linkerd/index.ts';
import { injectionNamespaceOf } from '../injection-namespace.ts';
import { nameOf } from '../object-name.ts';
import type { Rule } from '../rule.ts';
import { isMirrorPod } from '../template-owner.ts';
import { meshConventionOf } from './mesh-workload.ts';

/**
 * A pod comes without the proxy that Linkerd should have given it: the injector was away and its webhook ignores
 * that, or its answer could not be read. Judged when pods are created, after all mutation; a pod that Linkerd would
 * not inject, for whatever reason, is no finding here.
 */
export const proxyMissing: Rule = {
  id: 'mesh/proxy-missing',
  title: 'A pod that should be meshed has no proxy',
  appliesTo: { kinds: ['Pod.'], operations: ['CREATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  check: ({ object }, { convention, inventory }) => {
    const template = podTemplateOf(object);
    const mesh = meshConventionOf(convention);
    if (!template || !mesh || isMirrorPod(object)) return [];
    const namespace = injectionNamespaceOf(object, inventory);
    const { podCreation, reasons, webhookCalled } = predictInjection(object, namespace, mesh.linkerd);
    if (!webhookCalled || reasons.length > 0) return [];
    return [
      {
        rule: 'mesh/proxy-missing',
        object: referenceOf(object),
        pointer: '/spec/containers',
        message: `${nameOf(object)}: it asks for Linkerd's proxy and has none`,
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
};
