/**
 * The objects that a remedy prints, as YAML documents: they stand at its end, behind its words, and put right what was
 * found once they exist beside the others. Those with a `<placeholder>` are examples that somebody has to complete.
 *
 * @param expected what a finding says would be right
 * @returns one text for each object that can be written as it is
 * @example
 * printedObjects('this policy beside the others\napiVersion: v1\nkind: A') // ['apiVersion: v1\nkind: A']
 */
export function printedObjects(expected: string | undefined): readonly string[] {
  const start = /(?:^|\n)apiVersion: \S+\nkind: /.exec(expected ?? '');
  if (!start || expected === undefined) return [];
  const documents = expected
    .slice(start.index)
    .split(/^---$/m)
    .map((text) => text.trim());
  return documents.some((text) => /<[a-z][a-z ]*>/.test(text)) ? [] : documents;
}
