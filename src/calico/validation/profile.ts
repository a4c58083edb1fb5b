import { labels } from './names.ts';
import { rule } from './rule.ts';
import type { Check } from './report.ts';
import { fields, list } from './schema.ts';

/** A profile's rules have no direction of their own: what only one direction may have is not asked here. */
export const profileSpec: Check = fields('the spec of a Profile', {
  ingress: list(rule, { maximum: 1024 }),
  egress: list(rule, { maximum: 1024 }),
  labelsToApply: labels,
});
