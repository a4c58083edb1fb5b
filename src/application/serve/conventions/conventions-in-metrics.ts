import { hashOf } from '../../../conventions/convention-hash.ts';
import type { Convention } from '../../../conventions/convention/convention.ts';
import { record } from '../../../kubernetes/read.ts';
import { rememberByOwner } from '../../../memo/by-owner.ts';
import type { ConventionInForce } from '../../../server/metrics/gauges.ts';
import type { ConventionsInForce } from './in-force.ts';

/** The conventions in force, as metrics name them. */
export function conventionsInMetrics({
  current,
  generationOf,
}: ConventionsInForce): readonly ConventionInForce[] {
  return current().conventions.map((convention) => {
    const { name } = convention;
    return { name, generation: generationOf?.(name) ?? '', hash: hashOfConvention(convention) };
  });
}

const hashOfConvention = rememberByOwner(
  { name: 'hashes of conventions' },
  ({ source: { value } }: Convention) => hashOf(record(value).spec),
);
