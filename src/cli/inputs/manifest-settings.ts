import { list, toggle, value } from '../../settings.ts';

/** The settings of every command that reads manifests and judges them. */
export const manifestSettings = {
  conventions: list('conventions', {
    placeholder: 'FILE',
    description:
      'Conventions and waivers, a file or a folder; without it the nearest tollgate.yaml upwards, else the default convention',
    read: (text) => ({ value: text }),
  }),
  namespace: value('namespace', {
    short: 'n',
    placeholder: 'NAME',
    description: 'The namespace of objects that name none',
    fallback: 'default',
    fallbackText: 'default',
    read: (text) =>
      /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)
        ? { value: text }
        : {
            problem: `is ${JSON.stringify(text)}, expected the name of a namespace: a-z, 0-9 and -, at most 63 characters`,
          },
  }),
  exclude: list('exclude', {
    placeholder: 'GLOB',
    description: 'Files and folders to leave out, as in a .gitignore',
    read: (text) => ({ value: text }),
  }),
  noIgnore: toggle('no-ignore', { description: 'Read what .gitignore leaves out as well' }),
  stdinFilename: value<string | undefined>('stdin-filename', {
    placeholder: 'NAME',
    description:
      'What standard input is called in reports, where it is the text of a file (an editor, a hook)',
    fallback: undefined,
    fallbackText: '<stdin>',
    read: (text) => (text === '' ? { problem: 'is empty' } : { value: text }),
  }),
  now: value<Date | undefined>('now', {
    placeholder: 'DATE',
    description:
      'The day to judge waivers and announced rules by, YYYY-MM-DD or RFC 3339, for runs that can be repeated',
    fallback: undefined,
    fallbackText: 'today',
    read: readDate,
  }),
} as const;

function readDate(text: string): { readonly value: Date } | { readonly problem: string } {
  const isDate = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(text);
  // Date takes 2026-02-30 for the 2nd of March
  const exists =
    !Number.isNaN(date.getTime()) && new Date(text.slice(0, 10)).toISOString().startsWith(text.slice(0, 10));
  return isDate && exists
    ? { value: date }
    : {
        problem: `is ${JSON.stringify(text)}, expected a day such as 2026-12-31 or a time such as 2026-12-31T12:00:00Z`,
      };
}
