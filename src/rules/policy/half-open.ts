import {
  changeWorld,
  judgeSupposedFlow,
  rulesOf,
  type Direction,
  type Policy,
  type Port,
  type Rule as PolicyRule,
} from '../../calico/index.ts';
import { namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { record } from '../../kubernetes/read.ts';
import { stepInWords } from '../../facts/coverage/coverage-in-words.ts';
import type { Remark } from '../../facts/finding.ts';
import { limits, listed, lookAt, type Look } from '../../facts/limits.ts';
import { nameOf } from '../../facts/object-name.ts';
import { createNamedEnds, type NamedEnd, type NamedEnds } from '../../facts/policy/named-ends.ts';
import { asYaml, openingPolicy, ruleFor } from '../../facts/policy/opening-policy.ts';
import {
  opensByEnds,
  opposite,
  protocolsOf,
  shutHalf,
  type ShutHalf,
} from '../../facts/policy/other-half.ts';
import { policyOf } from '../../facts/policy/policy-of.ts';
import { ruleInWords, rulePointer } from '../../facts/policy/policy-in-words.ts';
import type { RuleContext } from '../../facts/subject.ts';
import { storeOf } from '../../facts/store/store.ts';
import { podSelectorOf } from '../../facts/workload/own-selector.ts';
import { createScope } from '../../memo/scope.ts';
import { defineRule } from '../define-rule.ts';

/**
 * A rule lets in a client that it names, or lets out to a server, and the policies of that other end deny the connection
 * on every port of the rule. A hint where files or an audit show both ends: where more would have to be looked at than
 * may be there is none, nor where somebody gets through who bears the same labels.
 * Source: Calico felix/rules/endpoints.go: the egress of the client and the ingress of the server both decide.
 */
export const halfOpen = defineRule({
  id: 'policy/half-open',
  title: 'A rule opens one end of a connection, and the policies of the other end deny it',
  appliesTo: { kinds: ['policy'], operations: ['STATE'] },
  defaultAction: 'warn',
  readsInventory: true,
  check: (subject, context) => {
    const policy = policyOf(subject, context);
    if (!policy || policy.staged || policy.hostOnly || policy.problems.length > 0) return [];
    if (context.inventory.gaps.length > 0) return [];
    const read = lookAt(limits.endsOfRule, context);
    const tries = lookAt(limits.connectionsOfPolicy, context);
    const ends = createNamedEnds(context, read);
    const found = policy.types.flatMap((direction) => shutIn(policy, direction, ends, tries, context));
    if (read.cutShort() || tries.cutShort()) return [];
    return listed(
      found,
      (shut) => ({ ...inBrief(shut), expected: remedyFor(shut, context) }),
      (shut) => inBrief(shut),
    );
  },
});

interface Shut extends ShutHalf {
  /** What Calico made of the rule for this peer. */
  readonly parts: readonly PolicyRule[];
  /** How many more bear the labels by which the rule names the peer. */
  readonly alike: number;
}

function shutIn(
  policy: Policy,
  direction: Direction,
  ends: NamedEnds,
  tries: Look,
  context: RuleContext,
): readonly Shut[] {
  const found = new Map<string, Shut | undefined>();
  for (const rule of rulesOf(policy, direction).filter(opensByEnds)) {
    for (const peers of ends.namedBy(direction === 'Ingress' ? rule.source : rule.destination)) {
      const owns = ends.selectedBy(policy);
      const shut = shutForAll(owns, peers, (own, peer) =>
        shutHalf({ direction, own, peer, rule }, context.inventory, tries),
      );
      // Of a store that says who may connect, rules on data tell who cannot, and the others are meant to stay out.
      if (shut && [...owns, ...peers].some((end) => invites(end, context))) continue;
      // Conversion makes several rules of one, and one port that is open is enough.
      const key = `${rule.index} ${peers.map(({ object }) => nameOf(object)).join()}`;
      const former = found.get(key);
      const isOpen = !shut || (found.has(key) && !former);
      found.set(key, isOpen ? undefined : { ...shut, parts: [...(former?.parts ?? []), rule] });
    }
  }
  return [...found.values()].flatMap((shut) => shut ?? []);
}

/** Whether an end is a store that says itself who its clients are. */
function invites({ namespace, object }: NamedEnd, { convention: _own, ...rest }: RuleContext): boolean {
  const { conventions, inventory } = rest;
  const convention = conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)));
  const context = { ...rest, ...(convention ? { convention } : {}), answers: createScope() };
  return storeOf({ operation: 'STATE', object }, context)?.clients !== undefined;
}

/** Labels that the policy's own pods bear as well name a group, in which not everybody talks to everybody. */
function shutForAll(
  owns: readonly NamedEnd[],
  peers: readonly NamedEnd[],
  tried: (own: NamedEnd, peer: NamedEnd) => ShutHalf | undefined,
): Omit<Shut, 'parts'> | undefined {
  if (owns.some((own) => peers.some(({ object }) => object === own.object))) return undefined;
  let first: ShutHalf | undefined;
  for (const own of owns) {
    for (const peer of peers) {
      const shut = tried(own, peer);
      if (!shut) return undefined;
      first ??= shut;
    }
  }
  return first && { ...first, alike: peers.length - 1 };
}

function inBrief({ alike, direction, own, peer, rule, verdict }: Shut): Remark {
  const [client, server] = direction === 'Ingress' ? [peer, own] : [own, peer];
  const half = opposite(direction);
  const step = verdict.trail.at(-1);
  const others = alike > 0 ? ` and ${alike} more with these labels` : '';
  const whose = direction === 'Ingress' ? 'the client' : 'the server';
  return {
    pointer: rulePointer(direction, rule.index),
    message: `its ${ruleInWords(direction, rule.index)} lets ${nameOf(client.object)} connect to ${nameOf(server.object)}, but the ${half.toLowerCase()} of ${whose} is denied`,
    ...(step ? { witness: `${nameOf(peer.object)}${others}: ${stepInWords(step, half)}` } : {}),
  };
}

/** The policy that opens the other half, where it does, and else what it takes. */
function remedyFor(shut: Shut, { inventory: { policyWorld }, point }: RuleContext): string {
  const { direction, peer, port, protocol } = shut;
  const half = opposite(direction);
  const policy = policyFor(shut);
  const elsewhere = point === 'ci' ? ', or --context with the files that open it' : '';
  if (policy) {
    const flow = { pod: peer.pod, direction: half, peer: { pod: shut.own.pod }, protocol, port };
    const opened = judgeSupposedFlow(changeWorld(policyWorld, { put: [policy] }), flow);
    if (opened.verdict === 'allow') return `this policy beside the others${elsewhere}\n${asYaml(policy)}`;
  }
  return `an ${half.toLowerCase()} rule for ${nameOf(peer.object)} that allows it, before the one that denies it${elsewhere}`;
}

/** In the tier that denies, for the peer's pods alone, with the ports of the rule. */
function policyFor({
  direction,
  own,
  parts,
  peer,
  port,
  protocol,
  verdict,
}: Shut): KubernetesObject | undefined {
  const half = opposite(direction);
  const other = { namespace: own.namespace, selector: podSelectorOf(own.object) };
  const name = `${peer.object.metadata.name ?? 'pods'}-${half === 'Egress' ? 'to' : 'from'}-${own.object.metadata.name ?? 'pods'}`;
  const policy = openingPolicy(name, peer.namespace, half, [{ verdict, protocol, port, peer: other }]);
  const { order, tier } = record(policy?.spec);
  const meshed = own.meshed && peer.meshed ? [(direction === 'Ingress' ? own : peer).proxyPort] : [];
  const opened = parts.map((rule) => {
    const [only, ...more] = protocolsOf(rule);
    const ports = rule.destination.ports.map(portInWords);
    return ruleFor(half, {
      peer: other,
      ports: ports.length > 0 && only === 'TCP' ? [...new Set([...ports, ...meshed])] : ports,
      ...(only && more.length === 0 ? { protocol: only } : {}),
    });
  });
  return (
    policy && {
      ...policy,
      spec: {
        ...(tier === undefined ? {} : { tier }),
        ...(order === undefined ? {} : { order }),
        selector: podSelectorOf(peer.object),
        types: [half],
        [half.toLowerCase()]: opened,
      },
    }
  );
}

/** A port as Calico writes it. */
function portInWords(port: Port): number | string {
  if ('name' in port) return port.name;
  return port.first === port.last ? port.first : `${port.first}:${port.last}`;
}
