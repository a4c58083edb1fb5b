import type { Format } from './report.ts';

/** Every format by the name that `-o` knows it by; each is loaded only where it is asked for. */
export const formats = {
  text: async () => (await import('./text.ts')).text,
  concise: async () => (await import('./concise.ts')).concise,
  json: async () => (await import('./json.ts')).json,
  sarif: async () => (await import('./sarif.ts')).sarif,
  junit: async () => (await import('./junit.ts')).junit,
  github: async () => (await import('./github.ts')).github,
  gitlab: async () => (await import('./gitlab.ts')).gitlab,
  markdown: async () => (await import('./markdown.ts')).markdown,
  policyreport: async () => (await import('./policy-report/formats.ts')).policyreport,
  openreports: async () => (await import('./policy-report/formats.ts')).openreports,
} as const satisfies Readonly<Record<string, () => Promise<Format>>>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as readonly FormatName[];
