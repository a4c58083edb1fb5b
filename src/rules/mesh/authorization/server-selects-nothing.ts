import { podTemplateOf, type PodTemplate } from '../../../kubernetes/pod-template.ts';
import { selectsLabels, type LabelSelector } from '../../../kubernetes/label-selector.ts';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import {
  networkProbes,
  policyControllerPorts,
  serverFit,
  servicePorts,
  type LinkerdProfile,
  type Server,
} from '../../../linkerd/index.ts';
import { leadsTo } from '../../../facts/mesh/leading-services.ts';
import type { Remark } from '../../../facts/finding.ts';
import { isSlip, mayLabelPods } from '../../../facts/workload/operator-made.ts';
import type { RuleContext } from '../../../facts/subject.ts';
import { defineRule } from '../../define-rule.ts';
import { isWhole, meshPoliciesAround } from '../../../facts/mesh/mesh-policies.ts';
import { meshConventionOf } from '../../../facts/workload/mesh-workload.ts';
import { listInWords } from '../../../text/list.ts';
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
    const mesh = meshConventionOf(context.convention);
    if (!mesh || !server?.podSelector || !isWhole(context.inventory)) return [];
    const templates = [...context.inventory.workloads(server.namespace)].flatMap(
      (workload) => podTemplateOf(workload) ?? [],
    );
    const fit = serverFit(server, templates, mesh.linkerd);
    if (fit === 'no-such-port') return [noSuchPort(server, templates, mesh.linkerd)];
    if (fit === 'undeclared-port') {
      const services = [...context.inventory.services(server.namespace)];
      const declared = portsBeside(server, templates, services, mesh.linkerd);
      return declared ? [numberOfNobody(server, declared)] : [];
    }
    const wrong = fit === 'no-pods' ? wrongRequirement(server.podSelector, templates) : undefined;
    return wrong && !isAnOperators(wrong, server.namespace, context) ? [noPods(wrong)] : [];
  },
});

const some = { last: ',', most: 10 } as const;

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

/**
 * The ports that the selected pods declare, where each pod declares some and nothing points to the Server's number:
 * neither the proxy, nor a probe, nor a Service. Undefined otherwise, since pods may listen on what they don't declare.
 */
function portsBeside(
  { podSelector = [], port }: Server,
  templates: readonly PodTemplate[],
  services: readonly KubernetesObject[],
  profile: LinkerdProfile,
): readonly number[] | undefined {
  const selected = templates.filter(({ labels }) => selectsLabels(podSelector, labels));
  const own = [profile.ports.inbound, profile.ports.admin, profile.ports.control];
  const declared = new Set<number>();
  for (const template of selected) {
    const ports = policyControllerPorts(template.spec, profile).filter(({ protocol }) => protocol === 'TCP');
    if (ports.length === 0 || proxyPortKeys.some((key) => Object.hasOwn(template.annotations, key)))
      return undefined;
    if (networkProbes(template).some((probe) => probe.port === port)) return undefined;
    const leading = services.filter((service) => leadsTo(service, template));
    const targets = leading.flatMap((service) => servicePorts(service, {}, profile));
    if (targets.some(({ targetPort }) => targetPort === port)) return undefined;
    for (const { port: number } of ports) declared.add(number);
  }
  return own.some((number) => number === port) ? undefined : [...declared];
}

/** Annotations that give the proxy other ports than the installation's. */
const proxyPortKeys = ['inbound-port', 'admin-port', 'control-port'].map((key) => `config.linkerd.io/${key}`);

function numberOfNobody({ port }: Server, declared: readonly number[]): Remark {
  const named = declared.toSorted((one, other) => one - other).map(String);
  const shown = listInWords(named, some);
  const meant = nearestWord(String(port), named, aThirdWrong);
  return {
    pointer: '/spec/port',
    message: `no pod that it selects declares port ${port}, so it protects nothing; ${shown} ${named.length === 1 ? 'stays' : 'stay'} under another policy`,
    found: `port: ${port}`,
    expected: `a port that the containers declare: ${shown}${meant === undefined || named.length === 1 ? '' : ` (did you mean ${meant}?)`}; or ${port} in ports of the container`,
  };
}

function noSuchPort(
  { podSelector = [], port }: Server,
  templates: readonly PodTemplate[],
  profile: LinkerdProfile,
): Remark {
  const selected = templates.filter(({ labels }) => selectsLabels(podSelector, labels));
  const names = [
    ...new Set(
      selected.flatMap(({ spec }) => policyControllerPorts(spec, profile).flatMap(({ name }) => name ?? [])),
    ),
  ];
  return {
    pointer: '/spec/port',
    message: `no pod that it selects has a port called ${JSON.stringify(port)}, so it protects nothing`,
    found: `port: ${port}`,
    expected:
      names.length > 0
        ? `a name of a container port: ${listInWords(names, some)}${meantSuffix(String(port), names)}`
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
    expected: `a value that workloads have: ${listInWords(known, some)}${meantSuffix(value, known)}`,
  };
}

function meantSuffix(word: string, known: readonly string[]): string {
  const meant = nearestWord(word, known, aThirdWrong);
  return meant === undefined || known.length === 1 ? '' : ` (did you mean ${meant}?)`;
}
