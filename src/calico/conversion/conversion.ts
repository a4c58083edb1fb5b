import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { ConvertedRule, Direction } from './converted-rule.ts';

/** What Calico makes of a Kubernetes policy. */
export interface Conversion {
  /** The policy of `projectcalico.org/v3`, with the same name; null where Calico drops the object. */
  readonly policy: KubernetesObject | null;
  /** Whether a rule was dropped or replaced by one that denies everything. */
  readonly conversionError: boolean;
  /** For each rule of the Calico policy the index of the rule it was made of. */
  readonly origins: Readonly<Record<Direction, readonly number[]>>;
}

/** What becomes of an object that gives no policy. */
export const noPolicy: Conversion = {
  policy: null,
  conversionError: false,
  origins: { ingress: [], egress: [] },
};

/** The rules of one direction, and of which written rule each was made. */
export interface ConvertedRules {
  readonly rules: readonly ConvertedRule[];
  readonly origins: readonly number[];
}

/** Puts together what each written rule was made into. */
export function gatherRules(converted: readonly (readonly ConvertedRule[])[]): ConvertedRules {
  return { rules: converted.flat(), origins: converted.flatMap((rules, index) => rules.map(() => index)) };
}
