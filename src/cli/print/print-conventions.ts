import { safeParse } from 'valibot';
import { isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { Convention } from '../../conventions/convention/convention.ts';
import { defaultConventionFile } from '../../conventions/default-conventions.ts';
import { type DocumentSource, placeInWords } from '../../conventions/document/document-source.ts';
import { conventionPolicySchema } from '../../conventions/document/schema/convention-policy.ts';
import { childSchema, descriptionOf, type SchemaNode } from '../../conventions/document/schema-node.ts';
import { waiverSchema } from '../../conventions/document/schema/waiver.ts';
import type { Waiver } from '../../conventions/waiver/waiver.ts';
import { printable } from '../../engine/printable.ts';
import { pointerOf, valueAt } from '../../kubernetes/json-pointer.ts';

/**
 * Prints a convention or waiver as the document that is in force: every value with the place that it comes from, and
 * what each field is for. What it prints can be saved and loaded.
 */
export async function printDocument(document: Convention | Waiver): Promise<string> {
  const { Document, visit } = await import('yaml');
  const { source } = document;
  const schema: SchemaNode = 'priority' in document ? conventionPolicySchema : waiverSchema;
  const parsed = safeParse('priority' in document ? conventionPolicySchema : waiverSchema, source?.value);
  if (!parsed.success || !source) throw new Error(`${document.name} is in force and does not fit its schema`);
  const { apiVersion, kind, metadata, spec } = parsed.output;
  const printed = new Document(
    { apiVersion, kind, metadata: { name: metadata.name }, spec },
    { version: '1.1' },
  );
  const root = printed.contents;
  if (isMap(root)) annotate(root, schema, source, []);
  visit(printed, {
    Scalar: (_key, node) => {
      // Between double quotes what is written out below means the same character.
      if (typeof node.value === 'string' && printable(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
    },
  });
  return printable(printed.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

type Path = readonly (string | number)[];

function annotate(map: YAMLMap, schema: SchemaNode, source: DocumentSource, path: Path): void {
  for (const pair of map.items as Pair<Scalar<string>, Node>[]) {
    const { key, value } = pair;
    const child = childSchema(schema, key.value);
    const here = [...path, key.value];
    const isField = path.length > 0 && path.every((part) => typeof part === 'string');
    const description = child && isField ? descriptionOf(child) : undefined;
    if (description !== undefined) key.commentBefore = ` ${description}`;
    if (value) annotateValue(value, child, source, here);
  }
}

function annotateValue(
  value: Node,
  schema: SchemaNode | undefined,
  source: DocumentSource,
  path: Path,
): void {
  if (isMap(value) && value.items.length > 0 && schema) return annotate(value, schema, source, path);
  if (isSeq(value) && value.items.some((item) => !isScalar(item))) {
    const item = schema && childSchema(schema, 0);
    for (const [index, entry] of value.items.entries()) {
      if (isMap(entry) && item) annotate(entry, item, source, [...path, index]);
    }
    return undefined;
  }
  if (isMap(value) || isSeq(value)) value.flow = true;
  const origin = originOf(source, path);
  if (path.length > 1 && origin !== undefined) value.comment = ` ${origin}`;
  return undefined;
}

/** Where a value comes from: a line of a file, or the default of the field; of the packaged document nothing is said. */
function originOf(source: DocumentSource, path: Path): string | undefined {
  const pointer = pointerOf(...path);
  if (source.file === defaultConventionFile) return undefined;
  return valueAt(source.value, pointer) === undefined ? 'default' : placeInWords(source, pointer);
}
