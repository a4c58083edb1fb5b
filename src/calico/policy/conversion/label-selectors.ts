import { isRecord, stringMap } from '../../../kubernetes/object.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import { list } from '../../../kubernetes/read.ts';

const kubernetesPod = "projectcalico.org/orchestrator == 'k8s'";

/**
 * A pod selector as a Calico selector, limited to pods; none selects every pod.
 * Source: Calico libcalico-go/lib/backend/k8s/conversion/conversion.go, k8sSelectorToCalico.
 */
export function convertPodSelector(selector: unknown): string {
  return [kubernetesPod, ...conditionsOf(selector)].join(' && ');
}

/**
 * What a pod selector asks of a pod beyond being one: what its writer wrote, in Calico's language; empty for nothing.
 * @param podSelector the selector of a policy or of a rule's peer, as Calico has it
 * @example
 * askedOfPods("projectcalico.org/orchestrator == 'k8s' && app == 'web'"); // "app == 'web'"
 * askedOfPods("app == 'web'"); // "app == 'web'"
 */
export function askedOfPods(podSelector: string): string {
  if (podSelector === kubernetesPod) return '';
  const beginning = `${kubernetesPod} && `;
  return podSelector.startsWith(beginning) ? podSelector.slice(beginning.length) : podSelector;
}

/**
 * Whether a selector is limited to pods, as those of Kubernetes are: no network set is found by it.
 * @param selector the selector of a policy or of a rule's peer, as Calico has it
 * @example
 * isLimitedToPods("projectcalico.org/orchestrator == 'k8s'"); // true
 * isLimitedToPods("app == 'web'"); // false
 */
export function isLimitedToPods(selector: string): boolean {
  return selector.startsWith(kubernetesPod);
}

/** A namespace selector as a Calico selector: an empty one selects all namespaces, none is empty. */
export function convertNamespaceSelector(selector: unknown): string {
  if (!isRecord(selector)) return '';
  const conditions = conditionsOf(selector);
  return conditions.length === 0 && isEmpty(selector) ? 'all()' : conditions.join(' && ');
}

/** Calico writes down what it is given: an operator that it does not know is left out. */
function conditionsOf(selector: unknown): string[] {
  if (!isRecord(selector)) return [];
  const labels = Object.entries(stringMap(selector.matchLabels)).sort(([left], [right]) =>
    compareBytes(left, right),
  );
  const expressions = list(selector.matchExpressions);
  return [...labels.map(([key, value]) => `${key} == '${value}'`), ...expressions.flatMap(conditionOf)];
}

function conditionOf(expression: unknown): string[] {
  if (!isRecord(expression) || typeof expression.key !== 'string') return [];
  const { key, operator } = expression;
  const values = Array.isArray(expression.values)
    ? expression.values.filter((value) => typeof value === 'string')
    : [];
  const set = `{ '${values.join("', '")}' }`;
  switch (operator) {
    case 'In':
      return [`${key} in ${set}`];
    case 'NotIn':
      return [`${key} not in ${set}`];
    case 'Exists':
      return [`has(${key})`];
    case 'DoesNotExist':
      return [`! has(${key})`];
    default:
      return [];
  }
}

function isEmpty({ matchLabels, matchExpressions }: Readonly<Record<string, unknown>>): boolean {
  const hasLabels = isRecord(matchLabels) && Object.keys(matchLabels).length > 0;
  return !hasLabels && !(Array.isArray(matchExpressions) && matchExpressions.length > 0);
}
