import { load } from 'js-yaml';
import { defaultConvention } from '../../src/conventions/convention/default-convention.ts';
import type { ConventionSet } from '../../src/conventions/convention-set.ts';
import { loadConventions } from '../../src/conventions/load-conventions.ts';
import { rules } from '../../src/rules/registry.ts';

type Spec = Readonly<Record<string, unknown>>;

/** The default convention with parts of its spec changed; maps are merged one level deep, anything else is replaced. */
export function conventions(changes: Spec, ...more: readonly object[]): ConventionSet {
  const document = load(defaultConvention) as { spec: Spec };
  const entries = Object.entries(changes).map(([key, value]) => [key, merge(document.spec[key], value)]);
  const changed = { ...document, spec: { ...document.spec, ...Object.fromEntries(entries) } };
  const sources = [changed, ...more].map((value) => ({ value, file: 'conventions.yaml' }));
  const { set, problems } = loadConventions(sources, rules);
  if (!set) throw new Error(problems.map(({ message }) => message).join('\n'));
  return set;
}

function merge(base: unknown, change: unknown): unknown {
  const isMap = (value: unknown): value is Spec =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap(base) && isMap(change) ? { ...base, ...change } : change;
}
