import { readLabelSelector, selectsLabels } from '../../kubernetes/label-selector.ts';
import { nameLabel, type NamespaceIdentity } from '../../kubernetes/namespace.ts';
import { groupOf, type ObjectReference } from '../../kubernetes/object.ts';
import type { DocumentSource } from '../document/document-source.ts';
import { compileNameGlobs } from '../document/name-glob.ts';
import type { WaiverDocument } from '../document/schema/waiver.ts';
import type { Waiver } from './waiver.ts';

/** Compiles a waiver that has been checked against the schema. */
export function compileWaiver({ metadata, spec }: WaiverDocument, source: DocumentSource): Waiver {
  const { match, ...statement } = spec;
  const inNamespace = match.namespaces && compileNameGlobs(match.namespaces);
  const selector = match.namespaceSelector && readLabelSelector(match.namespaceSelector);
  const named = match.names && compileNameGlobs(match.names);
  const kinds = match.kinds && new Set(match.kinds);
  const asksForName = selector?.some(({ key }) => key === nameLabel) === true;
  const covers = ({ name, labels }: NamespaceIdentity) =>
    (inNamespace?.(name) ?? true) &&
    (!selector || selectsLabels(selector, asksForName ? { ...labels, [nameLabel]: name } : labels));
  const wantsNamespace = inNamespace !== undefined || selector !== undefined;
  return {
    name: metadata.name,
    ...statement,
    ...(match.namespaces ? { namespaces: match.namespaces } : {}),
    ...(match.names ? { names: match.names } : {}),
    ...(match.kinds ? { kinds: match.kinds } : {}),
    ...(selector ? { namespaceSelector: selector } : {}),
    covers,
    // What is only true of namespaces is false of objects outside them.
    matches: (object, namespace) =>
      (!kinds || hasKind(kinds, object)) &&
      (named?.(object.name) ?? true) &&
      (namespace ? covers(namespace) : !wantsNamespace),
    source,
  };
}

function hasKind(kinds: ReadonlySet<string>, { apiVersion, kind }: ObjectReference): boolean {
  return kinds.has(kind) || kinds.has(`${kind}.${groupOf(apiVersion)}`);
}
