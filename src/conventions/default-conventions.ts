import { load } from 'js-yaml';
import { compileConvention } from './convention/compile-convention.ts';
import { createConventionSet, type ConventionSet } from './convention-set.ts';
import { defaultConvention } from './convention/default-convention.ts';
import type { ConventionPolicyDocument } from './document/schema/convention-policy.ts';

/** What stands for the file of the packaged document. */
export const defaultConventionFile = '<default>';

/**
 * The conventions that hold where none are given: the packaged document, compiled.
 * It is written out in full and a test checks it, so that starting with it loads no schema.
 */
export function defaultConventions(): ConventionSet {
  const document = load(defaultConvention) as ConventionPolicyDocument;
  const source = { file: defaultConventionFile, value: document };
  return createConventionSet([compileConvention(document, source, refusePattern)], []);
}

function refusePattern(source: string): never {
  throw new Error(
    `the packaged convention has a pattern, ${source}, and none is compiled without the schema`,
  );
}
