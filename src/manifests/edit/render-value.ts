import { isRecord } from '../../kubernetes/object.ts';
import { resolvePlainScalar } from '../yaml/plain-scalar.ts';

/** How values are written at a place of a text. */
export interface RenderStyle {
  readonly eol: string;
  /** Columns by which each level is indented. */
  readonly step: number;
  /** JSON: every key and string in double quotes. */
  readonly json: boolean;
}

/**
 * Writes a value in block style as it goes after `key:` or `-`: a space and the value where it fits on the line, else
 * lines of their own at an indentation.
 */
export function renderBlock(value: unknown, indent: number, style: RenderStyle): string {
  const lines = blockLines(value, indent, style);
  return lines === undefined ? ` ${renderFlow(value, style)}` : style.eol + lines.join(style.eol);
}

/** The lines of a map's entries in block style, each at an indentation. */
export function renderEntries(
  entries: readonly (readonly [string, unknown])[],
  indent: number,
  style: RenderStyle,
): string[] {
  return entries.map(
    ([key, value]) =>
      `${' '.repeat(indent)}${renderString(key, style)}:${renderBlock(value, indent + style.step, style)}`,
  );
}

/** One line of a list in block style; a map in it begins on the line of its dash. */
export function renderItem(value: unknown, indent: number, style: RenderStyle): string {
  const dash = `${' '.repeat(indent)}-`;
  const lines = blockLines(value, indent + 2, style);
  if (lines === undefined) return `${dash} ${renderFlow(value, style)}`;
  return `${dash} ${lines.join(style.eol).trimStart()}`;
}

/** Writes a value on one line, in flow style where it is a map or a list. */
export function renderFlow(value: unknown, style: RenderStyle): string {
  if (Array.isArray(value)) return `[${value.map((item) => renderFlow(item, style)).join(', ')}]`;
  if (isRecord(value)) return `{${renderFlowEntries(Object.entries(value), style).join(', ')}}`;
  return typeof value === 'string' ? renderString(value, style) : JSON.stringify(value);
}

export function renderFlowEntries(
  entries: readonly (readonly [string, unknown])[],
  style: RenderStyle,
): string[] {
  return entries.map(([key, value]) => `${renderString(key, style)}: ${renderFlow(value, style)}`);
}

function blockLines(value: unknown, indent: number, style: RenderStyle): string[] | undefined {
  if (Array.isArray(value) && value.length > 0) return value.map((item) => renderItem(item, indent, style));
  if (isRecord(value) && Object.keys(value).length > 0)
    return renderEntries(Object.entries(value), indent, style);
  return undefined;
}

/** Without quotes only what every YAML reader takes for the same text. */
function renderString(text: string, { json }: RenderStyle): string {
  const isPlain = !json && /^[A-Za-z/_][A-Za-z0-9/_.@+=-]*$/.test(text) && resolvePlainScalar(text) === text;
  return isPlain ? text : JSON.stringify(text);
}
