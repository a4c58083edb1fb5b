import type { Convention, DefaultDenyConvention } from '../../conventions/convention/convention.ts';
import { isTerminating, namespaceIdentity } from '../../kubernetes/namespace.ts';
import type { RuleContext, Subject } from '../subject.ts';

/** The conventions that govern a namespace before and after it is relabelled. */
export interface ConventionChange {
  readonly from?: Convention;
  readonly to?: Convention;
}

/** Undefined where the same one governs it, and for what is no relabelled namespace. */
export function conventionChange(
  { object, oldObject, operation }: Subject,
  { conventions }: RuleContext,
): ConventionChange | undefined {
  if (object.kind !== 'Namespace' || operation !== 'UPDATE' || !oldObject) return undefined;
  if (isTerminating(object)) return undefined;
  const { name = '' } = object.metadata;
  const from = conventions.governing(namespaceIdentity(name, oldObject));
  const to = conventions.governing(namespaceIdentity(name, object));
  return from === to ? undefined : { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/**
 * What a namespace that is relabelled must be denied by default in that its former convention did not ask for: under
 * `reject` none comes to be governed while it is open, whether it is created or relabelled.
 */
function newlyWanted({ from, to }: ConventionChange): DefaultDenyConvention | undefined {
  const [had, wants] = [from?.defaultDeny, to?.defaultDeny];
  if (!wants) return undefined;
  const isStricter =
    !had ||
    (had.onMissing === 'hold' && wants.onMissing === 'reject') ||
    wants.families.some((family) => !had.families.includes(family));
  if (isStricter) return wants;
  const directions = wants.directions.filter((direction) => !had.directions.includes(direction));
  return directions.length > 0 ? { ...wants, directions } : undefined;
}

/** What the former convention asked for and the new one does not, in words; empty where it asks for as much. */
export function givenUp({ from, to }: ConventionChange): readonly string[] {
  const [had, wants] = [from?.defaultDeny, to?.defaultDeny];
  if (!had) return [];
  if (!wants) return ['asks for none'];
  const less = [
    ...had.directions
      .filter((direction) => !wants.directions.includes(direction))
      .map((word) => word.toLowerCase()),
    ...had.families.filter((family) => !wants.families.includes(family)),
  ];
  return [
    ...(less.length > 0 ? [`does not ask for ${less.join(' and ')}`] : []),
    ...(had.onMissing === 'reject' && wants.onMissing === 'hold' ? ['holds instead of rejecting'] : []),
  ];
}

/** The default-deny that a namespace must have to be admitted as it is: all of it, or what a relabelling adds. */
export function wantedOf(subject: Subject, context: RuleContext): DefaultDenyConvention | undefined {
  if (subject.operation !== 'UPDATE') return context.convention?.defaultDeny;
  const change = conventionChange(subject, context);
  return change && newlyWanted(change);
}

/**
 * Whether an open namespace is let in, and its workloads are refused until a policy covers it. Those that run in one
 * that is relabelled are there already: it is covered first.
 */
export function isHeld(
  { object, operation }: Subject,
  { onMissing }: DefaultDenyConvention,
  { before }: RuleContext,
): boolean {
  if (onMissing !== 'hold') return false;
  if (operation !== 'UPDATE') return true;
  for (const _ of before.workloads(object.metadata.name ?? '')) return false;
  return true;
}
