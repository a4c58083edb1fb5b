import { isDay } from '../../conventions/document/days.ts';
import { list, toggle, value } from '../../settings.ts';
import { manifestSettings } from '../inputs/manifest-settings.ts';
import { applicationSettings } from '../inputs/read-context.ts';

const text = (flag: string, placeholder: string, description: string) =>
  value<string | undefined>(flag, {
    placeholder,
    description,
    fallback: undefined,
    read: (given) => (given.trim() === '' ? { problem: 'is empty' } : { value: given }),
  });

/** The settings of `tollgate waive`. */
export const waiveSettings = {
  ...manifestSettings,
  ...applicationSettings,
  rules: list('rules', {
    placeholder: 'RULE',
    description:
      'Only the findings of this rule or group, such as mesh/opt-out or mesh/*, whether they deny or warn; without it all that deny',
    read: (given) => ({ value: given }),
  }),
  warnings: toggle('warnings', { description: 'Write waivers for what warns as well' }),
  owner: text('owner', 'NAME', 'Who answers for them, where no label says so'),
  ownerLabel: text(
    'owner-label',
    'KEY',
    'The label of the object, of its pods or of its namespace that names who answers for it',
  ),
  reason: text('reason', 'TEXT', 'Why the rules do not hold here'),
  ticket: text('ticket', 'TEXT', 'Where it was decided'),
  approvedBy: text('approved-by', 'NAME', 'Who agreed to it'),
  until: value<string | undefined>('until', {
    placeholder: 'DATE',
    description: 'The last day of the last waiver, YYYY-MM-DD; none lasts longer than its convention allows',
    fallback: undefined,
    read: (given) =>
      isDay(given)
        ? { value: given }
        : { problem: `is ${JSON.stringify(given)}, expected a day such as 2027-03-31` },
  }),
  stagger: value<number | undefined>('stagger', {
    placeholder: 'STRETCH',
    description:
      'Let the waivers of an owner end one after another, so far apart: 2w or 10d; without it all end on one day',
    fallback: undefined,
    read: (given) => {
      const [, count, unit] = /^([1-9][0-9]{0,2})([dw])$/.exec(given) ?? [];
      return count === undefined
        ? { problem: `is ${JSON.stringify(given)}, expected days or weeks such as 10d or 2w` }
        : { value: Number(count) * (unit === 'w' ? 7 : 1) };
    },
  }),
  output: value<string | undefined>('output', {
    short: 'o',
    placeholder: 'FILE',
    description: 'File to write to; one that exists is left alone without --force',
    fallback: undefined,
    fallbackText: 'standard output',
    read: (given) => (given === '' ? { problem: 'is empty' } : { value: given }),
  }),
  force: toggle('force', { description: 'Write over a file that exists' }),
} as const;
