import {
  type Direction,
  endOfTier,
  eachAtom,
  findDecider,
  type FlowDoubt,
  judgePossibleFlow,
  type NearMiss,
  nearMisses,
  podLabels,
  type Policy,
  type PolicyWorld,
  type PossibleFlow,
  type PossibleHalf,
  type TrailStep,
} from '../../calico/index.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import { nameOf } from '../../facts/object-name.ts';
import { pointerOf } from '../../kubernetes/json-pointer.ts';
import { stringMap } from '../../kubernetes/object.ts';
import { listInWords } from '../../text/list.ts';
import type { Explained, HalfAnswer, StepAnswer } from './flow-answer.ts';
import type { FlowEndFound } from './flow-end.ts';

/** The half of one end, as the engine has it and for people. */
export interface HalfFound {
  readonly half: PossibleHalf;
  readonly answer: HalfAnswer;
  /** Why its verdict is unknown. */
  readonly unknown: readonly string[];
  /** The policy that denies, or the first of those at whose tier's end it is denied. */
  readonly decider?: Policy;
}

const inWords = { allow: 'allowed', deny: 'denied', unknown: 'unknown' } as const;

/** What the policies of one end make of a connection, with why; undefined where none can select it. */
export function answerHalf(
  world: PolicyWorld,
  direction: Direction,
  flow: PossibleFlow,
  peer: FlowEndFound,
): HalfFound | undefined {
  const judged = judgePossibleFlow(world, direction, flow);
  if (!judged) return undefined;
  const isFromNode = judged.verdict === 'deny' && direction === 'Ingress' && isOnNode(peer);
  const half: PossibleHalf = isFromNode ? { ...judged, verdict: 'unknown' } : judged;
  const last = half.trail.at(-1);
  const decider = half.verdict === 'deny' && last ? findDecider(world, last) : undefined;
  const selecting = half.policies.find(({ tier }) => tier.name === last?.tier)?.policies ?? [];
  const missed =
    half.verdict === 'deny' ? nearMisses(world, direction, flow, half.policies).slice(0, mostNearMisses) : [];
  return {
    half,
    ...(decider ? { decider } : {}),
    unknown: [
      ...half.doubts.slice(0, mostDoubts).map((doubt) => doubtInWords(doubt, direction)),
      ...(isFromNode ? [`pods of its own node are open to ${peer.name}, those of other nodes are not`] : []),
    ],
    answer: {
      verdict: inWords[half.verdict],
      steps: half.trail.map((step) => stepAnswer(step, direction, world)),
      selectedBy: last?.rule === endOfTier ? selecting.map(({ reference }) => reference) : [],
      nearMisses: missed.map((miss) => missInWords(miss, direction, world, flow, peer)),
    },
  };
}

/**
 * Whether an end is a pod on the network of its node: what a node sends to its own pods no ingress policy sees.
 * Source: Calico felix/rules/static.go, filterOutputChain.
 */
function isOnNode(end: FlowEndFound): boolean {
  return end.kind === 'pod' && end.template.spec.hostNetwork === true;
}

const mostNearMisses = 3;
const mostDoubts = 3;

function stepAnswer(step: TrailStep, direction: Direction, world: PolicyWorld): StepAnswer {
  const policy = step.kind === 'Profile' || step.rule === endOfTier ? undefined : findDecider(world, step);
  return {
    verdict: step.verdict,
    text: stepInWords(step, direction),
    ...(policy ? { at: placeOf(policy, direction, step.written ?? step.rule) } : {}),
  };
}

function placeOf({ reference }: Policy, direction: Direction, rule: number) {
  return { object: reference, pointer: pointerOf('spec', direction.toLowerCase(), rule) };
}

function policyInWords({ reference }: Policy): string {
  return nameOf(reference);
}

function missInWords(
  { condition, policy, rule }: NearMiss,
  direction: Direction,
  world: PolicyWorld,
  flow: PossibleFlow,
  peer: FlowEndFound,
): Explained {
  const side = rule[direction === 'Egress' ? 'destination' : 'source'];
  const { namespaceSelector, notSelector, selector, serviceAccountNames, serviceAccountSelector } =
    side.written;
  const ports = rule.destination.ports.map((port) =>
    'name' in port ? port.name : port.first === port.last ? `${port.first}` : `${port.first}:${port.last}`,
  );
  const asked = [
    selector,
    namespaceSelector === '' ? '' : `namespaces ${namespaceSelector}`,
    notSelector === '' ? '' : `not ${notSelector}`,
    serviceAccountNames.length > 0 ? `service account ${serviceAccountNames.join(' or ')}` : '',
    serviceAccountSelector === '' ? '' : `service accounts ${serviceAccountSelector}`,
  ].filter((one) => one !== '');
  const wants = {
    selector: `wants ${listInWords(asked.length > 0 ? asked : ['another namespace'])}; ${labelsInWords(policy, side.selector, peer, world)}`,
    ports: `wants port ${listInWords(ports, { last: 'or', most: 5 })}; this is ${flow.port}`,
    nets: `wants other addresses than ${peer.kind === 'addresses' ? peer.ip : peer.name} has`,
    service: 'wants the addresses of another Service',
    protocol: `wants protocol ${rule.protocol?.written ?? `other than ${rule.notProtocol?.written ?? flow.protocol}`}`,
  }[condition];
  return {
    text: `${direction.toLowerCase()} rule ${rule.index + 1} of ${policyInWords(policy)} ${wants}`,
    at: placeOf(policy, direction, rule.index),
  };
}

/** The labels of an end of which a selector asks. */
function labelsInWords(
  { namespace }: Policy,
  selector: Policy['claims'] | undefined,
  peer: FlowEndFound,
  world: PolicyWorld,
): string {
  if (peer.kind === 'addresses' || !selector) return `${peer.name} is no pod that is known`;
  const labelOf = podLabels(world, {
    namespace: peer.namespace,
    labels: stringMap(peer.pod.metadata.labels),
    serviceAccount: peer.account,
  });
  const keys = new Set<string>();
  eachAtom(selector, ({ key }) => void keys.add(key));
  // Calico puts the policy's own namespace into each selector of a namespaced policy.
  if (namespace === peer.namespace) keys.delete('projectcalico.org/namespace');
  const has = [...keys].map((key) => {
    const value = labelOf(key);
    const shown = shownKey(key);
    return value === undefined ? `no ${shown}` : `${shown}=${value}`;
  });
  return `${peer.name} has ${listInWords(has, { most: 5 })}`;
}

/** The label of a namespace or a service account as people know it. */
function shownKey(key: string): string {
  if (key === 'projectcalico.org/namespace') return 'namespace';
  if (key.startsWith('pcns.')) return `namespace label ${key.slice('pcns.'.length)}`;
  return key.startsWith('pcsa.') ? `service account label ${key.slice('pcsa.'.length)}` : key;
}

function doubtInWords({ policy, rule }: FlowDoubt, direction: Direction): string {
  return rule
    ? `whether ${direction.toLowerCase()} rule ${rule.index + 1} of ${policyInWords(policy)} matches hangs on what is not known of a pod before it runs, such as its address`
    : `whether ${policyInWords(policy)} selects the pods hangs on labels of a Namespace or ServiceAccount that is not there`;
}
