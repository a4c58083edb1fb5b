/** What reading a schema needs of valibot's schema objects; which fields are there depends on `type`. */
export interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly value?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly pipe?: readonly SchemaStep[];
}

/** A step of a pipe: the schema itself first, then checks, and what is said about it. */
export interface SchemaStep {
  readonly kind: string;
  readonly type: string;
  readonly description?: string;
}

/** The schema below the wrappers that make it optional or nullable. */
export function unwrap(node: SchemaNode): SchemaNode {
  return node.wrapped ? unwrap(node.wrapped) : node;
}

/** The schema of a key or index of a value; of a union that of the alternative that has one. */
export function childSchema(node: SchemaNode, key: string | number): SchemaNode | undefined {
  const schema = unwrap(node);
  if (schema.entries) return Object.hasOwn(schema.entries, key) ? schema.entries[key] : undefined;
  if (schema.item) return schema.item;
  if (schema.type === 'record') return schema.value;
  const map = alternatives(schema).find((option) => unwrap(option).entries !== undefined);
  return map && childSchema(map, key);
}

/** The alternatives of a union; of any other schema none. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.type === 'union' ? ((node.options ?? []) as readonly SchemaNode[]) : [];
}

/** The keys that a map has by its schema, or that alternative of a union which is a map. */
export function fieldsOf(node: SchemaNode): readonly string[] {
  const schema = unwrap(node);
  return schema.entries ? Object.keys(schema.entries) : alternatives(schema).flatMap(fieldsOf);
}

/** The words that a schema allows, those of a union's alternatives as well; empty where it is no choice of words. */
export function allowedWords(node: SchemaNode): readonly string[] {
  const schema = unwrap(node);
  if (schema.type === 'picklist')
    return (schema.options ?? []).filter((option) => typeof option === 'string');
  if (schema.type === 'literal') return typeof schema.literal === 'string' ? [schema.literal] : [];
  return alternatives(schema).flatMap(allowedWords);
}

/** The sentence that describes a schema, if it has one. */
export function descriptionOf(node: SchemaNode): string | undefined {
  return (
    node.pipe?.findLast(({ type }) => type === 'description')?.description ??
    (node.wrapped ? descriptionOf(node.wrapped) : undefined)
  );
}
