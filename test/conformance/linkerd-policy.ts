import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { linkerdObjectProblems } from '../../src/linkerd/index.ts';

interface PolicyCase {
  readonly object: KubernetesObject;
  readonly verdict: 'accepted' | 'refused-by-schema' | 'refused-by-linkerd';
}

/** Whether an object of Linkerd's is accepted, and by whom it is refused: the webhook comes after the schema. */
export function check({ object, verdict }: PolicyCase): string | undefined {
  const problems = linkerdObjectProblems(object);
  const bySchema = problems.some(({ refusedBy }) => refusedBy === 'schema');
  const found = problems.length === 0 ? 'accepted' : bySchema ? 'refused-by-schema' : 'refused-by-linkerd';
  if (found === verdict) return undefined;
  const written = problems.map(({ message, pointer }) => `${pointer}: ${message}`).join('; ');
  return `expected ${verdict}, found ${found} ${written}`;
}
