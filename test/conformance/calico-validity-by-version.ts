import { createPolicyWorld, validatePolicy } from '../../src/calico/index.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';

interface ValidityCase {
  readonly object: KubernetesObject;
  readonly valid: Readonly<Record<keyof typeof servers, boolean>>;
}

/** The three servers that the objects were created on. */
const servers = {
  '3.34': { version: '3.34', mode: 'apiserver' },
  '3.31': { version: '3.31.7', mode: 'apiserver' },
  native: { version: '3.34', mode: 'v3crd' },
} as const;

/** Whether each of three real servers accepts an object; a policy of a tier that is not there is refused by all. */
export function check({ object, valid }: ValidityCase): string | undefined {
  const wrong = (Object.keys(servers) as (keyof typeof servers)[]).flatMap((name) => {
    const api = servers[name];
    const problems = validatePolicy(object, api).map(({ pointer, message }) => `${pointer}: ${message}`);
    const world = createPolicyWorld([object], api);
    const missing = world.tiers.filter(({ exists }) => !exists).map((tier) => `no tier ${tier.name}`);
    const found = [...problems, ...missing];
    if (valid[name] === (found.length === 0)) return [];
    return [
      `${name}: expected ${valid[name] ? 'no problem' : 'a problem'}, found ${found.join('; ') || 'none'}`,
    ];
  });
  return wrong.length === 0 ? undefined : wrong.join('\n');
}
