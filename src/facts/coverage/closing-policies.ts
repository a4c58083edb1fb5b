import {
  type Direction,
  endOfTier,
  evaluateSelector,
  type Family,
  findDecider,
  judgeCoverage,
  podLabels,
  policiesSelecting,
  type PolicyWorld,
} from '../../calico/index.ts';
import type { NamespaceIdentity } from '../../kubernetes/namespace.ts';
import type { ObjectReference } from '../../kubernetes/object.ts';
import { stepInWords } from './coverage-in-words.ts';

/** What keeps a connection that nobody asked for from a pod of a namespace. */
export interface Closing {
  /** The policy whose rule denies; or, where the end of a tier does, every policy of it that selects the pod. */
  readonly policies: readonly ObjectReference[];
  /** The decision, as a Calico user would tell it. */
  readonly text: string;
  /** How many rules of single policies are open all the same, since somebody asked for them. */
  readonly holes: number;
}

/**
 * The policies by which a namespace is closed in one direction and family, as a pod without labels under the service
 * account `default` meets them; that no other pod gets by is what the verdict says.
 * Source: Calico felix/calc/policy_sorter.go, felix/rules/endpoints.go (the end of a tier denies whoever it selects).
 * @param world the policies that are there to stay
 * @param namespace its name and labels
 * @returns undefined where the namespace is not closed
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const deny = { ...head, metadata, spec: { types: ['Ingress'] } };
 * const world = createPolicyWorld([deny], { mode: 'v3crd' });
 * closingPolicies(world, { name: 'shop', labels: {} }, 'Ingress', 'IPv4')?.policies.map(({ name }) => name); // ['deny']
 */
export function closingPolicies(
  world: PolicyWorld,
  namespace: NamespaceIdentity,
  direction: Direction,
  family: Family,
): Closing | undefined {
  const options = { directions: [direction], families: [family] };
  const [coverage] = judgeCoverage(world, namespace, options).directions;
  const last = coverage?.decidedBy.at(-1);
  if (coverage?.verdict !== 'deny' || !last) return undefined;
  const text = stepInWords(last, direction);
  const holes = coverage.holes.length;
  if (last.rule !== endOfTier) {
    const decider = findDecider(world, last);
    return { policies: decider ? [decider.reference] : [], text, holes };
  }
  const labelOf = podLabels(world, {
    namespace: namespace.name,
    labels: {},
    serviceAccount: 'default',
    // With the labels that the namespace is asked about, whether it is there or not.
    inherited: Object.fromEntries(
      Object.entries(namespace.labels).map(([key, value]) => [`pcns.${key}`, value]),
    ),
  });
  const selecting = policiesSelecting(world, namespace).filter(
    ({ selector, tier, types }) =>
      tier === last.tier &&
      types.includes(direction) &&
      selector !== undefined &&
      evaluateSelector(selector, labelOf),
  );
  return { policies: selecting.map(({ reference }) => reference), text, holes };
}
