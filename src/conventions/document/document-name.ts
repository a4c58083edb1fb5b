/** What the documents of a cluster are called among each other: kind and name. */
export function conventionDocument(name: string): string {
  return `ConventionPolicy/${name}`;
}

/** Whether a document of that name is a convention, and not a waiver. */
export function isConventionDocument(name: string): boolean {
  return name.startsWith(conventionDocument(''));
}
