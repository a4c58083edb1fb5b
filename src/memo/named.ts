/** Gives a remembering function the name of its memory, which is what profiles and heap snapshots show. */
export function named<Remembering extends (...question: never[]) => unknown>(
  name: string,
  remembering: Remembering,
): Remembering {
  return Object.defineProperty(remembering, 'name', { value: name });
}
