import type { KubernetesObject, StringMap } from '../../src/kubernetes/object.ts';
import { podTemplateOf } from '../../src/kubernetes/pod-template.ts';
import {
  afterInjectionProblems,
  predictInjection,
  profileFromLinkerdConfig,
} from '../../src/linkerd/index.ts';

interface AfterInjectionCase {
  readonly origin: 'webhook' | 'cli';
  readonly namespaceAnnotations: StringMap;
  readonly namespace?: { readonly name: string; readonly labels?: StringMap };
  readonly workload: KubernetesObject;
  readonly config?: unknown;
  readonly expected: { readonly injected: boolean; readonly podCreation: string };
}

/** Whether a pod is injected, and whether the API server then refuses what came of it. */
export function check(entry: AfterInjectionCase): string | undefined {
  const namespace = {
    name: entry.namespace?.name ?? 'app',
    labels: entry.namespace?.labels ?? {},
    annotations: entry.namespaceAnnotations,
  };
  const profile = profileFromLinkerdConfig(entry.config ?? {});
  const injection = predictInjection(entry.workload, namespace, profile, { origin: entry.origin });
  const template = podTemplateOf(entry.workload);
  const problems = template ? afterInjectionProblems(template, injection, profile) : [];
  const podCreation = problems.length > 0 ? 'invalid' : injection.podCreation;
  const { expected } = entry;
  if (injection.injected === expected.injected && podCreation === expected.podCreation) return undefined;
  return `expected ${JSON.stringify(expected)}, found injected ${injection.injected}, podCreation ${podCreation}`;
}
