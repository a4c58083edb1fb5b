import { evaluateSelector } from '../../src/calico/selector/evaluate.ts';
import { parseSelector } from '../../src/calico/selector/parse.ts';
import { prefixLabels } from '../../src/calico/selector/prefix.ts';
import { printSelector, selectorUid } from '../../src/calico/selector/print.ts';

interface SelectorCase {
  readonly selector: string;
  readonly valid: boolean;
  readonly cases: readonly { readonly labels: Readonly<Record<string, string>>; readonly match: boolean }[];
  readonly canonical?: string;
  readonly uid?: string;
  readonly canonicalAfterPrefixVisitor?: string;
}

/** Validity, every match, the canonical form, its uid, and the canonical form with prefixed labels. */
export function check(entry: SelectorCase): string | undefined {
  const parsed = parseSelector(entry.selector);
  if ('problem' in parsed) {
    return entry.valid ? `expected a selector, found: ${parsed.problem.message}` : undefined;
  }
  const { selector } = parsed;
  if (!entry.valid) return `expected a problem, found ${printSelector(selector)}`;
  for (const { labels, match } of entry.cases) {
    const values = new Map(Object.entries(labels));
    const found = evaluateSelector(selector, (key) => values.get(key));
    if (found !== match) return `expected ${match} for ${JSON.stringify(labels)}, found ${found}`;
  }
  return (
    difference(entry.canonical, printSelector(selector)) ??
    difference(entry.uid, selectorUid(selector)) ??
    difference(entry.canonicalAfterPrefixVisitor, printSelector(prefixLabels(selector, 'visited/')))
  );
}

function difference(expected: string | undefined, found: string): string | undefined {
  return expected === undefined || expected === found ? undefined : `expected ${expected}, found ${found}`;
}
