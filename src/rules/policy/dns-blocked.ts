import { deniedNameLookup, type TrailStep } from '../../calico/index.ts';
import type { Convention } from '../../conventions/convention/convention.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { podTemplateOf } from '../../kubernetes/pod-template.ts';
import { kubeDns } from '../../linkerd/index.ts';
import { namesInWords, stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { becomesMeshed, describeWorkload, meshConventionOf } from '../../facts/workload/mesh-workload.ts';
import { nameOf } from '../../facts/object-name.ts';
import type { Remark } from '../../facts/finding.ts';
import { defineRule } from '../define-rule.ts';
import type { RuleContext, Subject } from '../../facts/subject.ts';
import { isFromJudgedTemplate } from '../../facts/workload/template-owner.ts';
import { podFrom } from '../../facts/workload/workload-pod.ts';
import { noteBeyond, unknownBeyond } from '../../facts/limits.ts';
import { governedWorkloads, lookAtGoverned } from '../../facts/policy/governed-workloads.ts';
import { plural } from '../../text/plural.ts';

/**
 * The pods of a namespace can't ask the cluster's name server, since egress is denied and no rule opens port 53: the
 * first thing that breaks when a default-deny comes. Only pods that exist count, and only those whose policies don't
 * speak of that port at all.
 */
export const dnsBlocked = defineRule({
  id: 'policy/dns-blocked',
  title: 'The pods of a namespace cannot look up names because egress to the name server is denied',
  appliesTo: { kinds: ['Namespace', 'policy'], operations: ['CREATE', 'UPDATE', 'DELETE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  targetsChange: true,
  check: (subject, context) => {
    const { object, operation } = subject;
    if (object.kind === 'Namespace') {
      return operation === 'STATE' && context.convention ? blockedIn(object, context) : [];
    }
    return operation === 'STATE' ? [] : blockedBy(subject, context);
  },
});

interface Blocked {
  readonly workload: KubernetesObject;
  readonly step: TrailStep;
}

/** Of workloads that will be meshed `mesh/control-plane-blocked` tells, with all else that their proxies need. */
function blockedIn(namespace: KubernetesObject, context: RuleContext): readonly Remark[] {
  const { inventory } = context;
  const { name = '' } = namespace.metadata;
  if (isTerminating(namespace)) return [];
  const workloads = [...inventory.workloads(name)].filter((object) => !isMeshed(object, context));
  const blocked = workloads.flatMap((workload) => blockedWorkload(workload, inventory) ?? []);
  const [first] = blocked;
  if (!first) return [];
  const who = namesInWords(blocked.map(({ workload }) => workload.metadata.name ?? ''));
  return [
    {
      pointer: '',
      lead: `namespace "${name}":`,
      message: `the pods of ${who} cannot look up names, egress to UDP 53 is denied`,
      expected: expectedFor(context.convention),
      witness: stepInWords(first.step, 'Egress'),
    },
  ];
}

function expectedFor(convention: Convention | undefined): string {
  const { namespace, podLabels, port } = convention?.nameServer ?? kubeDns;
  const pods = Object.entries(podLabels).map(([key, value]) => `${key} == "${value}"`);
  const selector = pods.length > 0 ? `, selector: ${pods.join(' && ')}` : '';
  return `egress: [{ action: Allow, protocol: UDP, destination: { namespaceSelector: kubernetes.io/metadata.name == "${namespace}"${selector}, ports: [${port}] } }], and the same for TCP`;
}

/** What a change of a policy takes from pods that could look up names before, and that have no proxy to tell of. */
function blockedBy(subject: Subject, context: RuleContext): readonly Remark[] {
  const { before, inventory } = context;
  const blocked = new Map<string, Blocked>();
  const isTold = (namespace: string) => blocked.has(namespace);
  const looks = lookAtGoverned(context);
  for (const workload of governedWorkloads(subject, context, 'Egress', looks, isTold)) {
    if (isMeshed(workload, context)) continue;
    const found = blockedWorkload(workload, inventory);
    if (found && !blockedWorkload(workload, before)) blocked.set(workload.metadata.namespace ?? '', found);
  }
  const [first] = blocked;
  const all = [looks.workloads, looks.namespaces];
  if (!first) return unknownBeyond(all, `whether ${changeInWords(subject)} more pods cannot look up names`);
  const names = [...blocked.keys()];
  const [namespace, { step, workload }] = first;
  return [
    {
      pointer: '',
      message: `${changeInWords(subject)} pods of ${plural(names.length, 'namespace')} ${namesInWords(names)} cannot look up names, egress to UDP 53 is denied`,
      expected: expectedFor(context.convention),
      witness: `${nameOf(workload)}: ${stepInWords(step, 'Egress')}${noteBeyond(all)}`,
      namespace,
    },
  ];
}

function changeInWords({ operation }: Subject): string {
  return { CREATE: 'with it', UPDATE: 'with this change', DELETE: 'without it', STATE: '' }[operation];
}

/** Whether its proxy cannot do without names either, of which `mesh/control-plane-blocked` tells. */
function isMeshed(object: KubernetesObject, { conventions, inventory, point }: RuleContext): boolean {
  const subject = { operation: 'STATE', object } as const;
  const { namespace = 'default' } = object.metadata;
  const convention = conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)));
  const mesh = meshConventionOf(convention);
  const workload = mesh && describeWorkload(object, mesh, inventory, point);
  // Of what a controller made that rule does not tell.
  return workload !== undefined && becomesMeshed(workload) && !isFromJudgedTemplate(subject, { inventory });
}

function blockedWorkload(workload: KubernetesObject, { policyWorld }: Inventory): Blocked | undefined {
  const template = podTemplateOf(workload);
  if (!template) return undefined;
  const step = deniedNameLookup(policyWorld, podFrom(workload, template));
  return step && { workload, step };
}
