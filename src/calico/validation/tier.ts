import { isRecord } from '../../kubernetes/object.ts';
import { type Check, shown } from './report.ts';
import { decimal, fields, oneOf } from './schema.ts';
import { record } from '../../kubernetes/read.ts';

/** Source: Calico api/pkg/apis/projectcalico/v3/tier.go. */
export const tierSpec: Check = fields('the spec of a Tier', {
  order: decimal,
  defaultAction: oneOf('Deny', 'Pass'),
});

/** Calico's own tiers are what they are; a tier that says no default action denies. */
export const builtInTier: Check = (value, pointer, report) => {
  if (!isRecord(value) || !isRecord(value.metadata) || typeof value.metadata.name !== 'string') return;
  const { name } = value.metadata;
  const builtIn = builtInTiers.get(name);
  if (!builtIn) return;
  const spec = record(value.spec);
  for (const field of ['order', 'defaultAction'] as const) {
    const value = spec[field] ?? (field === 'defaultAction' ? 'Deny' : undefined);
    if (value === builtIn[field]) continue;
    const found = value === undefined ? `no ${field}` : `${field} ${shown(value)}`;
    const message = `the tier ${name} has ${found}`;
    const expected = `${field}: ${builtIn[field]}`;
    report({ pointer: `${pointer}/spec/${field}`, code: 'tier-built-in', message, expected });
  }
};

const builtInTiers: ReadonlyMap<string, { readonly order: number; readonly defaultAction: string }> = new Map(
  [
    ['default', { order: 1_000_000, defaultAction: 'Deny' }],
    ['kube-admin', { order: 1_000, defaultAction: 'Pass' }],
    ['kube-baseline', { order: 10_000_000, defaultAction: 'Pass' }],
  ],
);
