import { type FlowIndex, labelledPod } from '../flow/flow-index.ts';
import { matchesRule, type ResolvedFlow } from '../flow/match-rule.ts';
import { podLabels } from '../state/endpoint-labels.ts';
import type { Family } from '../../kubernetes/net/address.ts';
import type { Direction, Policy } from '../policy/policy.ts';
import type { Peer, PolicyRule } from '../policy/policy-rule.ts';
import type { Selector } from '../selector/ast.ts';
import { evaluateSelector } from '../selector/evaluate.ts';
import { resolveSelector } from '../selector/resolve.ts';
import { findLabels, type SearchEffort } from '../selector/satisfiability.ts';
import type { PodEndpoint } from '../state/endpoint.ts';
import type { PolicyWorld } from '../state/policy-world.ts';
import { knownLabelsFor } from './neighbours.ts';
import { sampleEnd } from './sample-end.ts';
import { isDroppedFromPods } from '../labels/inherited-labels.ts';

/** A connection of a pod that could exist, with all that rules ask about. */
export interface SampleFlow {
  readonly pod: PodEndpoint;
  readonly direction: Direction;
  readonly flow: ResolvedFlow;
  /** The labels at the other end; absent for an address of which nothing is known. */
  readonly peer?: ReadonlyMap<string, string>;
}

/** What a sample must fulfil: policies that select its pod, and rules that match its connection. */
export interface SampleQuestion {
  readonly policies: readonly Policy[];
  readonly rules: readonly PolicyRule[];
  readonly direction: Direction;
  readonly family: Family;
  /** What the search for labels may cost, shared by several questions. */
  readonly effort: SearchEffort;
}

/**
 * Makes up a connection that every one of some rules matches, of a pod that every one of some policies selects.
 * Undefined where there is none, and where it would take a service or more cleverness; what is found is true.
 */
export function sampleFlow(world: PolicyWorld, question: SampleQuestion): SampleFlow | undefined {
  const { direction, effort, family, policies, rules } = question;
  const [local, remote] =
    direction === 'Ingress' ? (['destination', 'source'] as const) : (['source', 'destination'] as const);
  const ends = { local: rules.map((rule) => rule[local]), remote: rules.map((rule) => rule[remote]) };
  const protocols = protocolsFor(rules, family);
  const pod = samplePod(world, policies, ends.local, effort);
  const other = sampleOther(ends.remote, effort);
  if (!pod || !other) return undefined;
  for (const protocol of protocols) {
    const here = sampleEnd(ends.local, family, protocol, (ports) => [labelledPod(world, { ...pod, ports })]);
    const there = sampleEnd(ends.remote, family, protocol, (ports) =>
      other.labels ? [{ labelOf: (key) => other.labels?.get(key), ports }] : [],
    );
    if (!here || !there) continue;
    const icmp = rules.map((rule) => rule.icmp).find((match) => match !== undefined);
    const flow: ResolvedFlow = {
      family,
      protocol,
      source: direction === 'Ingress' ? there : here,
      destination: direction === 'Ingress' ? here : there,
      icmpType: icmp?.type ?? 0,
      icmpCode: icmp?.code ?? 0,
      index: nothingKnown,
    };
    if (rules.every((rule) => matchesRule(rule, flow))) {
      return { pod, direction, flow, ...(other.labels ? { peer: other.labels } : {}) };
    }
  }
  return undefined;
}

const nothingKnown: FlowIndex = { labelledAt: () => [], slicesAt: () => [] };

/** Protocols to try: those that rules name, else the usual ones. */
function protocolsFor(rules: readonly PolicyRule[], family: Family): readonly number[] {
  const named = rules.flatMap(
    ({ protocol, icmp }) => protocol?.number ?? (icmp ? (family === 4 ? 1 : 58) : []),
  );
  return named.length > 0 ? named.slice(0, 1) : [6, 17, 132];
}

/** A pod that all policies select and that is the local end of all rules, as its labels say. */
function samplePod(
  world: PolicyWorld,
  policies: readonly Policy[],
  ends: readonly Peer[],
  effort: SearchEffort,
): PodEndpoint | undefined {
  const selectors = policies.flatMap(({ selector }) => selector ?? []);
  if (selectors.length < policies.length) return undefined;
  const wanted: Selector = { kind: 'and', operands: [...selectors, ...conditionsOn(ends)] };
  const { namespace } = policies.find((policy) => policy.namespace !== undefined) ?? {};
  const known = new Map([
    ['projectcalico.org/orchestrator', 'k8s' as string | undefined],
    ...knownLabelsFor(world, namespace === undefined ? {} : { namespace }, wanted),
  ]);
  const labels = labelsFor(resolveSelector(wanted, known), effort);
  if (!labels) return undefined;
  const account = labels.get('projectcalico.org/serviceaccount') ?? labels.get('pcsa.projectcalico.org/name');
  const pod: PodEndpoint = {
    namespace: namespace ?? labels.get('projectcalico.org/namespace') ?? 'example',
    name: '',
    labels: Object.fromEntries(
      [...labels].filter(([key]) => !key.startsWith('projectcalico.org/') && !isDroppedFromPods(key)),
    ),
    inherited: Object.fromEntries([...labels].filter(([key]) => isDroppedFromPods(key))),
    serviceAccount: account ?? 'default',
    addresses: [],
    ports: [],
    hostNetwork: false,
  };
  return evaluateSelector(wanted, podLabels(world, pod)) ? pod : undefined;
}

/** What is at the other end: an address of which nothing is known, where no rule asks for labels. */
function sampleOther(
  ends: readonly Peer[],
  effort: SearchEffort,
): { readonly labels?: ReadonlyMap<string, string> } | undefined {
  if (ends.some(({ service }) => service)) return undefined;
  if (ends.every(({ selector }) => selector === undefined)) return {};
  const labels = labelsFor({ kind: 'and', operands: conditionsOn(ends) }, effort);
  return labels && { labels };
}

function conditionsOn(ends: readonly Peer[]): readonly Selector[] {
  return ends.flatMap(({ selector, notSelector }) => {
    const conditions: Selector[] = selector ? [selector] : [];
    return notSelector ? [...conditions, { kind: 'not', operand: notSelector }] : conditions;
  });
}

function labelsFor(
  selector: Selector | boolean,
  effort: SearchEffort,
): ReadonlyMap<string, string> | undefined {
  if (typeof selector === 'boolean') return selector ? new Map() : undefined;
  const found = findLabels(selector, true, effort);
  return typeof found === 'string' ? undefined : found.labels;
}
