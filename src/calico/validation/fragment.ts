import type { PolicyProblem } from '../policy/problem.ts';
import { entityRule } from './entity-rule.ts';
import { httpMatch } from './http.ts';
import { icmpFields } from './icmp.ts';
import { hostEndpointSpec } from './host-endpoint.ts';
import { networkSetSpec } from './network-set.ts';
import { profileSpec } from './profile.ts';
import { protocol } from './protocols.ts';
import { type Check, problemsOf } from './report.ts';
import { rule } from './rule.ts';

const fragments = {
  Rule: rule,
  EntityRule: entityRule,
  HTTPMatch: httpMatch,
  ICMPFields: icmpFields,
  Protocol: protocol,
  HostEndpointSpec: hostEndpointSpec,
  NetworkSetSpec: networkSetSpec,
  GlobalNetworkSetSpec: networkSetSpec,
  ProfileSpec: profileSpec,
} as const satisfies Readonly<Record<string, Check>>;

/** A part of an object, by the name of its type in Calico's API. */
export type FragmentKind = keyof typeof fragments;

export function isFragmentKind(kind: string): kind is FragmentKind {
  return Object.hasOwn(fragments, kind);
}

/** What Calico would refuse about a part of an object, seen by itself; pointers start at the part. */
export function validateFragment(kind: FragmentKind, value: unknown): readonly PolicyProblem[] {
  return problemsOf(fragments[kind], value).filter(({ code }) => code !== 'unknown-field');
}
