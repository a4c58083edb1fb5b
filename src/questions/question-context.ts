import type { ConventionSet } from '../conventions/convention-set.ts';
import type { RuleContext } from '../facts/subject.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { namespaceIdentity } from '../kubernetes/namespace.ts';
import { createScope } from '../memo/scope.ts';

/** What questions are asked of: a state as it is, the conventions for it, and the clock. */
export interface QuestionContext {
  readonly inventory: Inventory;
  readonly conventions: ConventionSet;
  readonly now: Date;
}

/** The same as rules see it who are asked about an object of a namespace. */
export function contextIn(namespace: string, { inventory, conventions, now }: QuestionContext): RuleContext {
  const convention = conventions.governing(namespaceIdentity(namespace, inventory.namespace(namespace)));
  return {
    now,
    point: 'ci',
    inventory,
    before: inventory,
    conventions,
    ...(convention ? { convention } : {}),
    knownRules: [],
    answers: createScope(),
  };
}
