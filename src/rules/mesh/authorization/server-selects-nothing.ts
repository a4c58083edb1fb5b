import { podTemplateOf, type PodTemplate } from '../../../kubernetes/pod-template.ts';
import { selectsLabels, type LabelSelector } from '../../../kubernetes/label-selector.ts';
import { containerPorts, serverFit, type Server } from '../../../linkerd/index.ts';
import type { Remark } from '../../../facts/finding.ts';
import { isSlip, mayLabelPods } from '../../../facts/workload/operator-made.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { defineRule } from '../../define-rule.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { aThirdWrong, nearestWord } from '../../../text/nearest-word.ts';

/**
 * A Server selects no port of any pod, so that nothing is protected by it: none of the pods has a port of its name,
 * or its selector asks for labels that workloads of the namespace have with other values. Where no workload knows
 * the labels at all, their pods may be somebody's who is not seen, such as an operator's.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/index.rs, select_ports.
 */
export const serverSelectsNothing = defineRule({
  id: 'mesh/server-selects-nothing',
  title: 'A Server selects no port of any pod',
  appliesTo: { kinds: ['Server.policy.linkerd.io'], operations: ['CREATE', 'UPDATE', 'STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const { object } = subject;
    const server = meshPoliciesAround(subject, context).servers.find(
      ({ name, namespace }) => name === object.metadata.name && namespace === object.metadata.namespace,
    );
    if (!meshConventionOf(context.convention) || !server?.podSelector || !isWhole(context.inventory))
      return [];
    const templates = [...context.inventory.workloads(server.namespace)].flatMap(
      (workload) => podTemplateOf(workload) ?? [],
    );
    const fit = serverFit(server, templates);
    if (fit === 'no-such-port') return [noSuchPort(server, templates)];
    const wrong = fit === 'no-pods' ? wrongRequirement(server.podSelector, templates) : undefined;
    return wrong && !isAnOperators(wrong, server.namespace, context) ? [noPods(wrong)] : [];
  },
});

/**
 * Whether the pods may be an operator's: a custom resource is among the files, or they are bare pods, which a view of a
 * cluster does not follow. A value that is nearly a known one is misspelt.
 */
function isAnOperators(
  { key, known, values }: WrongRequirement,
  namespace: string,
  { inventory, point }: RuleContext,
): boolean {
  return values.every((value) =>
    point === 'ci' ? mayLabelPods({ key, known, value }, namespace, inventory) : !isSlip(value, known),
  );
}

function noSuchPort({ podSelector = [], port }: Server, templates: readonly PodTemplate[]): Remark {
  const selected = templates.filter(({ labels }) => selectsLabels(podSelector, labels));
  const names = [
    ...new Set(selected.flatMap(({ spec }) => containerPorts(spec).flatMap(({ name }) => name ?? []))),
  ];
  return {
    pointer: '/spec/port',
    message: `no pod that it selects has a port called ${JSON.stringify(port)}, so it protects nothing`,
    found: `port: ${port}`,
    expected:
      names.length > 0
        ? `a name of a container port: ${names.slice(0, 10).join(', ')}${meantSuffix(String(port), names)}`
        : 'a port number, or a name in ports of the container',
  };
}

/** A requirement on a label that the namespace knows, with a value that nobody has. */
interface WrongRequirement {
  readonly key: string;
  readonly values: readonly string[];
  readonly known: readonly string[];
}

/** The first requirement that no workload meets, where every label that is asked for is one that workloads have. */
function wrongRequirement(
  selector: LabelSelector,
  templates: readonly PodTemplate[],
): WrongRequirement | undefined {
  const labels = templates.map((template) => new Map(Object.entries(template.labels)));
  const asked = selector.filter(({ operator }) => operator === 'In');
  if (!asked.every(({ key }) => labels.some((map) => map.has(key)))) return undefined;
  const wrong = asked.find(({ key, values }) => !labels.some((map) => values.includes(map.get(key) ?? '')));
  if (!wrong) return undefined;
  const known = [...new Set(labels.flatMap((map) => map.get(wrong.key) ?? []))].toSorted();
  return { key: wrong.key, values: wrong.values, known };
}

function noPods({ key, known, values }: WrongRequirement): Remark {
  const [value = ''] = values;
  return {
    pointer: '/spec/podSelector',
    message: `no workload of the namespace has ${key}=${value}, so it protects nothing`,
    found: `${key}: ${values.join(', ')}`,
    expected: `a value that workloads have: ${known.slice(0, 10).join(', ')}${meantSuffix(value, known)}`,
  };
}

function meantSuffix(word: string, known: readonly string[]): string {
  const meant = nearestWord(word, known, aThirdWrong);
  return meant === undefined || known.length === 1 ? '' : ` (did you mean ${meant}?)`;
}
