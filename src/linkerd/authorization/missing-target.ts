import { aThirdWrong, nearestWord } from '../../text/nearest-word.ts';
import type { MeshPolicySet } from './mesh-policy-set.ts';
import type { PolicyName } from './reading.ts';

/** What is said of a target that is not in the set. */
export interface MissingTarget {
  /** What does not exist: `Server shop/api`, or `HTTPRoute.policy.linkerd.io shop/api` where two groups have the kind. */
  readonly missing: string;
  /** Why Linkerd cannot use it, where it does exist. */
  readonly unusable?: string;
  /** What exists and was probably meant. */
  readonly meant?: string;
}

/** The group of Linkerd's own policy objects. */
export const linkerdGroup = 'policy.linkerd.io';

/** What a reference names. */
interface Target extends PolicyName {
  readonly kind: string;
  readonly group: string;
}

/** What to say of a target that is not in the set: it is unusable, there is one of the other group, or a name is near. */
export function insteadOf(target: Target, policies: MeshPolicySet): MissingTarget {
  const { name, namespace } = target;
  const missing = inWords(target);
  const unusable = policies.unusable.find((candidate) => isSame(candidate, target));
  if (unusable) return { missing, unusable: unusable.why };
  const others = existing(target, policies);
  const ofOtherGroup = others.find((other) => other.name === name && other.group !== target.group);
  if (ofOtherGroup) return { missing, meant: inWords(ofOtherGroup) };
  const names = others.filter(({ group }) => group === target.group).map((other) => other.name);
  const meant = nearName(name, names);
  return meant === undefined ? { missing } : { missing, meant: `${target.kind} ${namespace}/${meant}` };
}

function isSame(one: Target, other: Target): boolean {
  return (
    one.kind === other.kind &&
    one.group === other.group &&
    one.namespace === other.namespace &&
    one.name === other.name
  );
}

/** The objects of a kind in the target's namespace, of any group. */
function existing({ kind, namespace }: Target, policies: MeshPolicySet): readonly Target[] {
  const ofKind = (kind === 'Server' ? policies.servers : policies.meshTlsAuthentications).map((found) => ({
    ...found,
    kind,
    group: linkerdGroup,
  }));
  const found: readonly Target[] =
    kind === 'Server' || kind === 'MeshTLSAuthentication'
      ? ofKind
      : policies.routes.filter((route) => route.kind === kind);
  return found.filter((candidate) => candidate.namespace === namespace);
}

/** A name that is misspelt, or one that is the beginning of the other. */
function nearName(name: string, names: readonly string[]): string | undefined {
  return (
    nearestWord(name, names, aThirdWrong) ??
    names.find((other) => name.startsWith(`${other}-`) || other.startsWith(`${name}-`))
  );
}

/** With the group only where two groups have the kind. */
function inWords({ group, kind, name, namespace }: Target): string {
  return `${kind === 'HTTPRoute' ? `${kind}.${group}` : kind} ${namespace}/${name}`;
}
