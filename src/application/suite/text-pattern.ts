/** Text to be found in an answer, or a regular expression between slashes: `no default-deny`, `/no (default )?deny/i`. */
export interface TextPattern {
  readonly source: string;
  readonly matches: (text: string) => boolean;
}

/** Reads a pattern; a problem says why it is none. */
export function readTextPattern(source: string): TextPattern | { readonly problem: string } {
  const [, expression, flags] = /^\/(.+)\/([a-z]*)$/s.exec(source) ?? [];
  if (expression === undefined) return { source, matches: (text) => text.includes(source) };
  try {
    const compiled = new RegExp(expression, flags?.replaceAll(/[gy]/g, ''));
    return { source, matches: (text) => compiled.test(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
