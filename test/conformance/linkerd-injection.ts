import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { predictInjection, profileFromLinkerdConfig, type Injection } from '../../src/linkerd/index.ts';

interface InjectionCase {
  readonly origin: 'webhook' | 'cli';
  readonly namespaceAnnotations: StringMap;
  readonly namespace?: { readonly name: string; readonly labels?: StringMap };
  readonly workload: KubernetesObject;
  readonly config?: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** Texts of messages are informative in these cases; everything else is compared. */
const informative = new Set(['denialMessage', 'injectorLogWarnings']);

/** Predicts one recorded injection and compares every recorded field. */
export function check(entry: InjectionCase): string | undefined {
  const namespace = {
    name: entry.namespace?.name ?? 'app',
    labels: entry.namespace?.labels ?? {},
    annotations: entry.namespaceAnnotations,
  };
  const profile = profileFromLinkerdConfig(entry.config ?? {});
  const found: Injection = predictInjection(entry.workload, namespace, profile, { origin: entry.origin });
  for (const [field, expected] of Object.entries(entry.expected)) {
    const actual = found[field as keyof Injection];
    if (!informative.has(field) && !isDeepStrictEqual(actual, expected))
      return `expected ${field} ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`;
  }
  return undefined;
}
