/** What a network policy is about, seen from its pods. */
export type Direction = 'Ingress' | 'Egress';

export const directions: readonly Direction[] = ['Ingress', 'Egress'];

/** The field of a policy that holds the rules of a direction. */
export type RuleField = Lowercase<Direction>;
