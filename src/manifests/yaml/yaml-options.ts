import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions } from 'yaml';
import { decodeBinary, resolvePlainScalar } from './plain-scalar.ts';

const core = 'tag:yaml.org,2002:';

/** The options with which `yaml` reads documents into the same values as js-yaml does with the manifest schema. */
export function yamlOptions(): ParseOptions & DocumentOptions & SchemaOptions {
  return {
    version: '1.1',
    schema: 'failsafe',
    customTags: [
      'merge',
      { tag: 'tollgate:plain', default: true, test: /^/, resolve: resolvePlainScalar },
      explicitScalar('bool', 'boolean'),
      explicitScalar('int', 'number'),
      explicitScalar('float', 'number'),
      { tag: `${core}null`, resolve: () => null },
      { tag: `${core}binary`, resolve: (source: string) => decodeBinary(source) ?? source },
    ],
    prettyErrors: false,
    logLevel: 'silent',
  };
}

function explicitScalar(name: string, type: 'boolean' | 'number'): ScalarTag {
  return {
    tag: core + name,
    resolve: (source, onError) => {
      const value = resolvePlainScalar(source);
      if (typeof value !== type) onError(`${source} is no ${name}`);
      return value;
    },
  };
}
