import type { ObjectReference } from '../../kubernetes/object.ts';
import type { RuleContext } from '../subject.ts';
import type { ReachedNamespace } from './change-reach.ts';

/**
 * Groups the namespaces that lose their default-deny so that one finding can tell of each group: the same convention and
 * the same waiver decide about all of them.
 * @param object what changes
 * @param apart namespaces for which it gives other texts are not put together
 */
export function groupByJudge<Reached extends ReachedNamespace>(
  object: ObjectReference,
  reached: readonly Reached[],
  { conventions, now }: RuleContext,
  apart: (one: Reached) => string = () => '',
): readonly (readonly Reached[])[] {
  const isWaivable = conventions.waivers.length > 0;
  const groups = Map.groupBy(reached, (one) => {
    const judge = `${one.convention.name} ${apart(one)}`;
    if (!isWaivable) return judge;
    const waiver = conventions.waiverFor({ rule: 'gate/default-deny-lost', object }, one.former, now);
    return JSON.stringify([judge, waiver?.name]);
  });
  return [...groups.values()];
}
