/** The package ships no types; this is the one function that is used. */
declare module 'jsonpatch' {
  const jsonpatch: { apply_patch(document: unknown, patch: readonly unknown[]): unknown };
  export default jsonpatch;
}
