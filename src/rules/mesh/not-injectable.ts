import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { selectsLabels, type LabelSelector } from '../../kubernetes/label-selector.ts';
import { labelsOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { PodTemplate } from '../../kubernetes/pod-template.ts';
import {
  findSidecar,
  podSecurityConflict,
  proxyMakerOf,
  type InjectionNamespace,
  type LinkerdProfile,
} from '../../linkerd/index.ts';
import type { DefaultAction } from '../../conventions/document/action.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import { meshConventionOf, meshWorkloadOf, type MeshWorkload } from '../../facts/workload/mesh-workload.ts';

/** Something about pods or their namespace that no annotation can make up for. */
interface Obstacle {
  readonly pointer: string;
  /** The end of the sentence "its pods can't be meshed, …". */
  readonly because: string;
  readonly expected: string;
  readonly defaultAction?: DefaultAction;
}

/**
 * Pods can't be meshed whatever their annotations say: Linkerd skips them, the API server does not ask Linkerd, or
 * Pod Security refuses what Linkerd makes of them. Pods that opt out are told of that alone.
 * Source: linkerd2 pkg/inject/report.go, pkg/healthcheck/sidecar.go, proxy-injector-rbac.yaml, _proxy-init.tpl.
 */
export const notInjectable = defineRule({
  id: 'mesh/not-injectable',
  title: 'Pods cannot be meshed, whatever their annotations say',
  appliesTo: { kinds: ['workload', 'Namespace'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'deny',
  readsInventory: true,
  settledAtBirth: true,
  check: (subject, context) => {
    const { object } = subject;
    if (object.kind === 'Namespace') {
      const profile = meshConventionOf(context.convention)?.linkerd;
      return profile ? namespaceFindings(object, profile) : [];
    }
    const workload = meshWorkloadOf(subject, context);
    if (!workload || workload.hasProxy || workload.optOut === 'template') return [];
    return obstaclesOf(workload).map(({ because, ...rest }) => ({
      message: `its pods can't be meshed, ${because}`,
      ...rest,
    }));
  },
});

function namespaceFindings(object: KubernetesObject, profile: LinkerdProfile): Remark[] {
  const labels = labelsOf(object);
  const conflict = podSecurityConflict(labels, profile);
  const finding = (key: string, message: string, expected: string): Remark => ({
    pointer: pointerOf('metadata', 'labels', key),
    message,
    found: `${key}: ${labels[key]}`,
    expected,
  });
  const excluding = failedBy(profile.injectorNamespaceSelector, labels)
    .filter(({ key }) => Object.hasOwn(labels, key) && key !== 'kubernetes.io/metadata.name')
    .map((requirement) =>
      finding(
        requirement.key,
        `by the label ${requirement.key} the API server asks Linkerd about none of its pods`,
        `the namespace ${requirementInWords(requirement)}`,
      ),
    );
  if (!conflict) return excluding;
  const { because, expected } = podSecurityWords(conflict.level);
  // Nothing is open yet: it is its workloads that are refused.
  return [...excluding, { ...finding(podSecurityLabel, because, expected), defaultAction: 'warn' }];
}

const podSecurityLabel = 'pod-security.kubernetes.io/enforce';

function podSecurityWords(level: string): { readonly because: string; readonly expected: string } {
  return {
    because: `Pod Security level ${level} forbids linkerd-init, which needs NET_ADMIN and NET_RAW`,
    expected: `the Linkerd CNI plugin (mesh.linkerd.cni: true in the convention), or ${podSecurityLabel}: privileged`,
  };
}

function obstaclesOf(workload: MeshWorkload): Obstacle[] {
  const { injection, namespace, podSecurity, template, wanted } = workload;
  if (!injection.webhookCalled) return unasked(workload);
  const obstacles = injection.reasons.flatMap((reason): Obstacle[] => {
    if (reason === 'host_network_enabled') return [hostNetwork(template)];
    if (reason === 'sidecar_already_exists') return sidecar(workload);
    if (reason === 'disabled_automount_service_account_token_account') return [noToken(template)];
    return [];
  });
  const wantsProxy = injection.injected || injection !== wanted;
  const refused = wantsProxy ? workload.refusedOnceInjected : [];
  if (refused.length > 0)
    return refused.map(({ expected, message, pointer }) => ({
      pointer: template.pointer + pointer,
      because: `the API server refuses its pods once Linkerd has injected them: ${message}`,
      expected,
    }));
  if (!podSecurity || obstacles.length > 0 || !wantsProxy) return obstacles;
  const { because, expected } = podSecurityWords(podSecurity.level);
  return [{ pointer: template.pointer, because: `in namespace "${namespace.name}" ${because}`, expected }];
}

function unasked({ mesh, namespace, template }: MeshWorkload): Obstacle[] {
  const labels = template.labels;
  const pod = failedBy(mesh.linkerd.injectorObjectSelector, labels).map((requirement): Obstacle => {
    const { key } = requirement;
    const isThere = Object.hasOwn(labels, key);
    const own = key.startsWith('linkerd.io/') ? ", which is for Linkerd's own" : '';
    return {
      pointer: `${template.pointer}/metadata/labels${isThere ? pointerOf(key) : ''}`,
      because: `${isThere ? 'by' : 'without'} the label ${key} the API server does not ask Linkerd about them`,
      expected: `pods ${requirementInWords(requirement)}${own}`,
    };
  });
  const [failed] = failedBy(mesh.linkerd.injectorNamespaceSelector, namespaceLabels(namespace));
  if (!failed) return pod;
  return [
    ...pod,
    {
      pointer: template.pointer,
      because: `the API server asks Linkerd about no pods of namespace "${namespace.name}"`,
      expected: `a namespace ${requirementInWords(failed)}, or an exclude in the convention`,
    },
  ];
}

/** What an object must have or lack so that a requirement on its labels is met. */
function requirementInWords({ key, operator, values }: LabelSelector[number]): string {
  if (operator === 'DoesNotExist') return `without the label ${key}`;
  if (operator === 'Exists') return `with the label ${key}`;
  const list = `${key}: ${values.join(' or ')}`;
  return operator === 'In' ? `with the label ${list}` : `without the label ${list}`;
}

function hostNetwork({ pointer }: PodTemplate): Obstacle {
  return {
    pointer: `${pointer}/spec/hostNetwork`,
    because: 'they use the network of the host, on which Linkerd injects nothing',
    expected: 'hostNetwork: false, or a waiver for mesh/not-injectable with owner, reason and end',
  };
}

/** Pods with a proxy from `linkerd inject --manual` are meshed, if not by this cluster's word. */
function sidecar({ mesh, template }: MeshWorkload): Obstacle[] {
  const found = findSidecar(template.spec, mesh.linkerd.version);
  if (!found) return [];
  const { name, pointer } = found;
  const isManual = proxyMakerOf(template) === 'command';
  return [
    {
      pointer: `${template.pointer}/spec${pointer}`,
      because: `Linkerd takes the container ${JSON.stringify(name)} for a sidecar and adds no proxy of its own`,
      expected: `pods without ${JSON.stringify(name)}; Linkerd's injector adds what they need`,
      ...(isManual ? { defaultAction: 'warn' } : {}),
    },
  ];
}

function noToken({ pointer }: PodTemplate): Obstacle {
  return {
    pointer: `${pointer}/spec/automountServiceAccountToken`,
    because: 'they have no service account token, from which this installation makes mesh identities',
    expected: 'automountServiceAccountToken: true',
  };
}

function namespaceLabels({ labels, name }: InjectionNamespace) {
  return { 'kubernetes.io/metadata.name': name, ...labels };
}

function failedBy(selector: LabelSelector, labels: Readonly<Record<string, string>>): LabelSelector {
  return selector.filter((requirement) => !selectsLabels([requirement], labels));
}
