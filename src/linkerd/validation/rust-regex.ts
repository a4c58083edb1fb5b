/**
 * Why Rust's regular expressions do not take a pattern, as far as its structure tells; undefined where nothing is wrong
 * with it. One walk, so its cost is the length of the pattern.
 * Source: Rust's crate regex-syntax, ast/parse.rs.
 */
export function regexProblem(pattern: string): string | undefined {
  let groups = 0;
  let canRepeat = false;
  for (let index = 0; index < pattern.length; index++) {
    const letter = pattern[index] ?? '';
    if (letter === '\\') {
      const next = pattern[index + 1];
      if (next === undefined) return 'a backslash at the end';
      if (/[1-9]/.test(next)) return 'backreferences are not supported';
      index += 1;
      canRepeat = true;
    } else if (letter === '[') {
      const end = endOfClass(pattern, index);
      if (end === undefined) return 'unclosed character class';
      index = end;
      canRepeat = true;
    } else if (letter === '(') {
      if (/^\(\?(?:[=!]|<[=!])/.test(pattern.slice(index, index + 4))) return 'look-around is not supported';
      if (/^\(\?/.test(pattern.slice(index, index + 2))) {
        const flags = /^\(\?(?:P?<[^>]*>|[a-zA-Z-]*:|[a-zA-Z-]*(?=\)))/.exec(
          pattern.slice(index, index + 200),
        );
        if (!flags) return 'unrecognized group';
        index += flags[0].length - 1;
      }
      groups += 1;
      canRepeat = false;
    } else if (letter === ')') {
      if (groups === 0) return 'unopened group';
      groups -= 1;
      canRepeat = true;
    } else if (letter === '*' || letter === '+' || letter === '?') {
      if (!canRepeat) return 'a repetition operator without an expression';
    } else if (letter === '{') {
      const counts = /^\{\s*(?:[0-9]+\s*(?:,\s*[0-9]*\s*)?|,\s*[0-9]+\s*)\}/.exec(
        pattern.slice(index, index + 100),
      );
      if (!counts || !canRepeat)
        return 'a brace that is not a repetition, such as {2,3}; a literal one is \\{';
      index += counts[0].length - 1;
    } else canRepeat = letter !== '|';
  }
  return groups > 0 ? 'unclosed group' : undefined;
}

/** The index of the bracket that closes a class; a bracket that comes first, or is escaped, does not. */
function endOfClass(pattern: string, start: number): number | undefined {
  let depth = 0;
  for (let index = start; index < pattern.length; index++) {
    const letter = pattern[index];
    if (letter === '\\') index += 1;
    else if (letter === '[') {
      depth += 1;
      if (pattern[index + 1] === '^') index += 1;
      if (pattern[index + 1] === ']') index += 1;
    } else if (letter === ']') {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return undefined;
}
