import type { RuleContext } from '../subject.ts';
import type { ReachedNamespace } from './change-reach.ts';

/** A held namespace without workloads may lose its policies, so that an uninstall works. */
export function isSpared(
  { name, wanted }: Pick<ReachedNamespace, 'name' | 'wanted'>,
  { before }: RuleContext,
): boolean {
  if (wanted.onMissing !== 'hold') return false;
  for (const _ of before.workloads(name)) return false;
  return true;
}
