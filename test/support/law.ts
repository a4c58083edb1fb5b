import fc from 'fast-check';

/** Asserts that a property holds, as one assertion whose failure shows the smallest counterexample. */
export function holds<Values>(
  t: { readonly fail: (message: string) => unknown; readonly pass: (message: string) => unknown },
  law: string,
  property: fc.IProperty<Values>,
  numRuns: number,
): void {
  const details = fc.check(property, { numRuns });
  if (details.failed) t.fail(`${law}\n${fc.defaultReportMessage(details) ?? ''}`);
  else t.pass(law);
}
