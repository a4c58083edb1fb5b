import type { Net } from '../../kubernetes/net/net.ts';
import type { Selector } from '../selector/ast.ts';
import { type Family } from '../../kubernetes/net/address.ts';

export type RuleAction = 'Allow' | 'Deny' | 'Log' | 'Pass';

/** One rule of a policy as Calico's data planes match it; everything that is set must match. */
export interface PolicyRule {
  readonly action: RuleAction;
  /** The index in the object's own list of rules: conversion can make several rules of one. */
  readonly index: number;
  readonly ipVersion?: Family;
  readonly protocol?: Protocol;
  readonly notProtocol?: Protocol;
  readonly icmp?: IcmpMatch;
  readonly notIcmp?: IcmpMatch;
  /** Matched by Dikastes alone: the kernel data planes ignore it. */
  readonly http: boolean;
  readonly source: Peer;
  readonly destination: Peer;
}

/** An IP protocol by number; undefined number for a name that Calico does not know, which matches nothing. */
export interface Protocol {
  readonly written: string;
  readonly number: number | undefined;
}

export interface IcmpMatch {
  readonly type?: number;
  readonly code?: number;
}

/** One end of a rule. */
export interface Peer {
  /** Blocks that parse; the ones that do not are left out, as Calico does. */
  readonly nets: readonly Net[];
  readonly notNets: readonly Net[];
  /** All endpoint conditions composed to one: selector, namespaceSelector, serviceAccounts, the policy's namespace. */
  readonly selector?: Selector;
  readonly notSelector?: Selector;
  readonly service?: ServiceMatch;
  readonly ports: readonly Port[];
  readonly notPorts: readonly Port[];
  /** The conditions as written, for messages. */
  readonly written: PeerAsWritten;
}

/**
 * Whether a rule asks nothing of one end: every address, port and endpoint will do.
 * @example
 * const head = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' };
 * const metadata = { name: 'deny', namespace: 'shop' };
 * const spec = { ingress: [{ action: 'Allow', destination: { ports: [80] } }] };
 * const world = createPolicyWorld([{ ...head, metadata, spec }], { mode: 'v3crd' });
 * const [rule] = findPolicy(world, { ...head, ...metadata }).ingress;
 * isAnyone(rule.source); // true
 * isAnyone(rule.destination); // false
 */
export function isAnyone({ nets, notNets, selector, notSelector, service, ports, notPorts }: Peer): boolean {
  const isListed = nets.length + notNets.length + ports.length + notPorts.length > 0;
  return !isListed && !selector && !notSelector && !service;
}

/** A service by name; the namespace is empty where the rule has none, and then no service is found. */
export interface ServiceMatch {
  readonly namespace: string;
  readonly name: string;
}

/** A range of ports, or the name of a port of the pods at that end. */
export type Port = { readonly first: number; readonly last: number } | { readonly name: string };

export interface PeerAsWritten {
  readonly selector: string;
  readonly notSelector: string;
  readonly namespaceSelector: string;
  readonly serviceAccountNames: readonly string[];
  readonly serviceAccountSelector: string;
}
