/** A condition on a pod that does not exist yet, as conditions on the variables that tell pods apart. */
export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** Whether (or, where `holds` is false, that not) the variable has one of some values, given by index. */
  | {
      readonly kind: 'choice';
      readonly variable: number;
      readonly members: readonly number[];
      readonly holds: boolean;
    }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] };

export const always: Condition = { kind: 'constant', value: true };
export const never: Condition = { kind: 'constant', value: false };

/** A variable has one of some values. */
export function choice(variable: number, members: readonly number[], holds = true): Condition {
  if (members.length === 0) return holds ? never : always;
  return { kind: 'choice', variable, members, holds };
}

export function allOf(parts: readonly Condition[]): Condition {
  return combine('all', parts, false);
}

export function anyOf(parts: readonly Condition[]): Condition {
  return combine('any', parts, true);
}

export function not(condition: Condition): Condition {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? never : always;
    case 'choice':
      return { ...condition, holds: !condition.holds };
    default:
      return { kind: condition.kind === 'all' ? 'any' : 'all', parts: condition.parts.map(not) };
  }
}

/** Whether a condition holds where each variable has one value, given by index. */
export function holdsFor(condition: Condition, valueOf: (variable: number) => number): boolean {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'choice':
      return condition.members.includes(valueOf(condition.variable)) === condition.holds;
    case 'all':
      return condition.parts.every((part) => holdsFor(part, valueOf));
    default:
      return condition.parts.some((part) => holdsFor(part, valueOf));
  }
}

/** `decisive` is the value of one part that decides the whole. */
function combine(kind: 'all' | 'any', parts: readonly Condition[], decisive: boolean): Condition {
  const open: Condition[] = [];
  for (const part of parts) {
    if (part.kind !== 'constant') open.push(part);
    else if (part.value === decisive) return decisive ? always : never;
  }
  const [first] = open;
  if (!first) return decisive ? never : always;
  return open.length === 1 ? first : { kind, parts: open };
}
