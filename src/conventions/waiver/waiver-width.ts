import { isPlainName } from '../document/name-glob.ts';
import { groupNameOf } from '../convention/rule-action.ts';
import type { WaiverTerms } from '../convention/convention.ts';
import type { Waiver, WaiverStatement } from './waiver.ts';

/**
 * What makes a waiver wider than a convention allows, one sentence each. An annotation stands on the one object that it
 * is for, so only a document can be too wide.
 */
export function widthFaults(
  waiver: WaiverStatement,
  { mustName, globs, maxObjects }: Pick<WaiverTerms, 'mustName' | 'globs' | 'maxObjects'>,
): readonly string[] {
  if (!isDocument(waiver)) return [];
  const missing = mustName.filter((part) => !names(waiver, part));
  const wild = [...(waiver.namespaces ?? []), ...(waiver.names ?? [])].filter((name) => !isPlainName(name));
  return [
    ...missing.map((part) => `its match names no ${part}, which the convention requires`),
    ...(globs || wild.length === 0
      ? []
      : [`it has wildcards (${wild.slice(0, 3).join(', ')}), which the convention forbids`]),
    ...tooMany(waiver, maxObjects),
  ];
}

/** Whether a rule, or one of a group, is waived only for findings that a waiver lists, and this one lists none. */
export function lacksPins({ findings }: WaiverStatement, rule: string, { mustPin }: WaiverTerms): boolean {
  if (findings || mustPin.size === 0) return false;
  if (mustPin.has(rule) || mustPin.has(groupNameOf(rule))) return true;
  return rule.endsWith('/*') && [...mustPin].some((pinned) => groupNameOf(pinned) === rule);
}

/** Whether a waiver is a document of its own; an annotation is read for one review. */
export function isDocument(waiver: WaiverStatement): waiver is Waiver {
  return 'matches' in waiver;
}

/** A namespace is an object of its own name, so whoever names namespaces alone has named them. */
function names({ namespaces, kinds, names: listed }: Waiver, part: WaiverTerms['mustName'][number]): boolean {
  if (part === 'namespaces') return namespaces !== undefined;
  if (part === 'kinds') return kinds !== undefined;
  return listed !== undefined || (namespaces !== undefined && areNamespaces(kinds));
}

function areNamespaces(kinds: readonly string[] | undefined): boolean {
  return kinds !== undefined && kinds.every((kind) => kind === 'Namespace');
}

function tooMany(waiver: Waiver, most: number | undefined): readonly string[] {
  if (most === undefined) return [];
  const { namespaces, kinds, names: listed } = waiver;
  const isCounted = names(waiver, 'names') && [...(namespaces ?? []), ...(listed ?? [])].every(isPlainName);
  if (!isCounted || (!namespaces && waiver.namespaceSelector))
    return [`it does not name its objects one by one, and the convention allows ${most}`];
  const many = areNamespaces(kinds) ? 1 : (listed?.length ?? 1);
  const count = (namespaces?.length ?? 1) * many;
  return count > most ? [`it names ${count} objects, and the convention allows ${most}`] : [];
}
