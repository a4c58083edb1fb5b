import {
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  type ScalarTagDefinition,
  Schema,
  seqTag,
  strTag,
} from 'js-yaml';
import { decodeBinary, resolvePlainScalar } from './plain-scalar.ts';

const core = 'tag:yaml.org,2002:';

/**
 * The schema that makes js-yaml read as the API server's clients do: one resolver for every unquoted scalar, keys
 * turned into strings by their value (`yes: 1` is the key "true"), timestamps left as text, unknown tags ignored.
 */
export function manifestSchema(): Schema {
  const map = { ...mapTag, addPair: addPair };
  return new Schema([
    strTag,
    seqTag,
    map,
    mergeTag,
    defineScalarTag('tollgate:plain', { implicit: true, resolve: resolvePlainScalar, identify: () => false }),
    explicitScalar('bool', 'boolean'),
    explicitScalar('int', 'number'),
    explicitScalar('float', 'number'),
    defineScalarTag(`${core}null`, { resolve: () => null, identify: () => false }),
    defineScalarTag(`${core}binary`, {
      resolve: (source) => decodeBinary(source) ?? NOT_RESOLVED,
      identify: () => false,
    }),
    ...['!', 'tag:'].flatMap((tagName) => [
      { ...strTag, tagName, matchByTagPrefix: true },
      { ...seqTag, tagName, matchByTagPrefix: true },
      { ...map, tagName, matchByTagPrefix: true },
    ]),
  ]);
}

function addPair(carrier: Record<string, unknown>, key: unknown, value: unknown): string {
  return key === null ? 'null is no key of a JSON object' : mapTag.addPair(carrier, key, value);
}

function explicitScalar(name: string, type: 'boolean' | 'number'): ScalarTagDefinition {
  return defineScalarTag(core + name, {
    resolve: (source) => {
      const value = resolvePlainScalar(source);
      return typeof value === type ? value : NOT_RESOLVED;
    },
    identify: () => false,
  });
}
