/**
 * Trims as Go's `strings.TrimSpace` and Rust's `str::trim` do: every character of Unicode's White_Space. JavaScript's
 * own `trim` keeps U+0085 and removes U+FEFF.
 * Source: Go's unicode.IsSpace, Rust's char::is_whitespace.
 */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (start < end && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return (code >= 0x20_00 && code <= 0x20_0a) || otherSpaces.has(code);
}

const otherSpaces: ReadonlySet<number> = new Set([
  0x85, 0xa0, 0x16_80, 0x20_28, 0x20_29, 0x20_2f, 0x20_5f, 0x30_00,
]);
