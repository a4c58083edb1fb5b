import { readLabelSelector, selectsLabels } from '../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../kubernetes/namespace.ts';
import { groupOf, type ObjectReference } from '../kubernetes/object.ts';
import { compileNameGlobs } from './name-glob.ts';
import type { WaiverDocument } from './schema.ts';
import type { Waiver } from './waiver.ts';

/** Compiles a waiver that has been checked against the schema. */
export function compileWaiver({ metadata, spec }: WaiverDocument): Waiver {
  const { rules, owner, reason, from, until, ticket, approvedBy, match } = spec;
  return {
    name: metadata.name,
    owner,
    reason,
    rules,
    until,
    ...(from === undefined ? {} : { from }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    matches: compileMatch(match),
  };
}

/** Everything that is said must hold; what is only true of namespaces is false of objects outside them. */
function compileMatch(match: WaiverDocument['spec']['match']): Waiver['matches'] {
  const selector = match.namespaceSelector && readLabelSelector(match.namespaceSelector);
  const inNamespace = match.namespaces && compileNameGlobs(match.namespaces);
  const named = match.names && compileNameGlobs(match.names);
  const kinds = match.kinds && new Set(match.kinds);
  const selected = ({ name, labels }: NamespaceIdentity) =>
    (inNamespace?.(name) ?? true) && (!selector || selectsLabels(selector, { ...labels, [nameLabel]: name }));
  const wantsNamespace = inNamespace !== undefined || selector !== undefined;
  return (object, namespace) =>
    (!wantsNamespace || (namespace !== undefined && selected(namespace))) &&
    (!kinds || hasKind(kinds, object)) &&
    (named?.(object.name) ?? true);
}

function hasKind(kinds: ReadonlySet<string>, { apiVersion, kind }: ObjectReference): boolean {
  return kinds.has(kind) || kinds.has(`${kind}.${groupOf(apiVersion)}`);
}
