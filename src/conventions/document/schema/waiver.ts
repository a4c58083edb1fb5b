import * as v from 'valibot';
import { pin } from './pin.ts';
import { apiVersion, date, labelSelector, limits, metadata, nameGlob, waivableRule } from './field-types.ts';

/** The findings that a waiver is for. A field that is not here makes the waiver void, never wider. */
export const waiverFindings = v.array(v.pipe(pin, v.minEntries(1, 'at least one')));

/** What a waiver is for. A field that is not here makes the waiver void, never wider. */
export const waiverMatch = v.strictObject({
  namespaces: v.exactOptional(
    v.pipe(
      v.array(nameGlob),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('Names of namespaces.'),
    ),
  ),
  namespaceSelector: v.exactOptional(v.pipe(labelSelector, v.description('Labels of namespaces.'))),
  kinds: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.maxLength(128),
          v.regex(/^[A-Z][A-Za-z0-9]*(\.[-a-z0-9.]+)?$/, 'a kind such as Deployment, or Kind.group'),
        ),
      ),
      v.minLength(1),
      v.maxLength(limits.list),
      v.description('Kinds, or kinds with their group: `Deployment`, `NetworkPolicy.projectcalico.org`.'),
    ),
  ),
  names: v.exactOptional(
    v.pipe(v.array(nameGlob), v.minLength(1), v.maxLength(limits.list), v.description('Names of objects.')),
  ),
});

const waiverSpec = v.strictObject({
  rules: v.pipe(
    v.array(waivableRule),
    v.minLength(1),
    v.maxLength(limits.list),
    v.description('The rules whose findings do not count; groups only where the convention allows it.'),
  ),
  match: v.pipe(
    waiverMatch,
    v.minEntries(1, 'at least one'),
    v.description('What it is for: everything that is said here must hold.'),
  ),
  findings: v.exactOptional(
    v.pipe(
      waiverFindings,
      v.minLength(1),
      v.maxLength(limits.list),
      v.description(
        'The findings that it is for, of those that `rules` and `match` name; without it, all of them, whatever comes.',
      ),
    ),
  ),
  owner: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(253),
    v.regex(/\S/, 'the name of a team or person'),
    v.description('Who answers for it.'),
  ),
  reason: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(limits.text),
    v.regex(/\S/, 'a reason'),
    v.description('Why the rule does not hold here.'),
  ),
  from: v.exactOptional(v.pipe(date, v.description('The first day on which it counts, UTC.'))),
  until: v.pipe(date, v.description('The last day on which it counts, UTC.')),
  ticket: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(253),
      v.regex(/\S/, 'a ticket'),
      v.description('Where it was decided.'),
    ),
  ),
  approvedBy: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(253),
      v.regex(/\S/, 'a name'),
      v.description('Who agreed to it.'),
    ),
  ),
});

/** An exception from rules, with an owner, a reason and an end. */
export const waiverSchema = v.strictObject({
  apiVersion: v.literal(apiVersion),
  kind: v.literal('Waiver'),
  metadata,
  spec: v.pipe(waiverSpec, v.description('What does not count, where, why, and for how long.')),
  status: v.exactOptional(v.unknown()),
});

/** A waiver as written. */
export type WaiverDocument = v.InferOutput<typeof waiverSchema>;
