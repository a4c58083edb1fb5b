import type { KubernetesObject } from '../../../kubernetes/object.ts';
import type { ConvertedRule } from './converted-rule.ts';
import { type RuleField } from '../../../kubernetes/direction.ts';

/** What Calico makes of a Kubernetes policy. */
export interface Conversion {
  /** The policy of `projectcalico.org/v3`, with the same name; null where Calico drops the object. */
  readonly policy: KubernetesObject | null;
  /** Whether a rule was dropped or replaced by one that denies everything. */
  readonly conversionError: boolean;
  /** For each rule of the Calico policy the index of the rule it was made of. */
  readonly origins: Readonly<Record<RuleField, readonly number[]>>;
}

/** What becomes of an object that gives no policy. */
export const noPolicy: Conversion = {
  policy: null,
  conversionError: false,
  origins: { ingress: [], egress: [] },
};

/** The rules of one direction, of which written rule each was made, and whether one of them could not be converted. */
export interface DirectionRules {
  readonly rules: readonly ConvertedRule[];
  readonly origins: readonly number[];
  readonly hasError: boolean;
}

/** The Calico policy with the rules of both directions; a direction without rules is left out. */
export function conversionTo(
  kind: 'NetworkPolicy' | 'GlobalNetworkPolicy',
  metadata: KubernetesObject['metadata'],
  spec: object,
  { ingress, egress }: Readonly<Record<RuleField, DirectionRules>>,
): Conversion {
  return {
    policy: {
      apiVersion: 'projectcalico.org/v3',
      kind,
      metadata,
      spec: {
        ...spec,
        ...(ingress.rules.length > 0 ? { ingress: ingress.rules } : {}),
        ...(egress.rules.length > 0 ? { egress: egress.rules } : {}),
      },
    },
    conversionError: ingress.hasError || egress.hasError,
    origins: { ingress: ingress.origins, egress: egress.origins },
  };
}

/** Puts together what each written rule was made into. */
export function gatherRules(
  converted: readonly (readonly ConvertedRule[])[],
): Pick<DirectionRules, 'rules' | 'origins'> {
  return { rules: converted.flat(), origins: converted.flatMap((rules, index) => rules.map(() => index)) };
}
