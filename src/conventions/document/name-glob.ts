/**
 * Compiles names with `*` (any characters) and `?` (one character) into one test.
 * The test takes time linear in glob and name, so no glob can hang a review.
 */
export function compileNameGlobs(globs: readonly string[]): (name: string) => boolean {
  const exact = new Set(globs.filter(isPlainName));
  const patterns = globs.filter((glob) => !isPlainName(glob));
  return (name) => exact.has(name) || matchesOneOf(patterns, name);
}

function matchesOneOf(patterns: readonly string[], name: string): boolean {
  for (const glob of patterns) if (matchesNameGlob(glob, name)) return true;
  return false;
}

/** Whether a name stands for itself alone. */
export function isPlainName(name: string): boolean {
  return !/[*?]/.test(name);
}

/** What every name that matches begins with: everything before the first wildcard. */
export function plainBeginning(glob: string): string {
  const at = glob.search(/[*?]/);
  return at < 0 ? glob : glob.slice(0, at);
}

/** Goes back only to the last star, which is enough: what an earlier star could take, the last one can as well. */
function matchesNameGlob(glob: string, name: string): boolean {
  let [at, inName, star, afterStar] = [0, 0, -1, 0];
  while (inName < name.length) {
    if (glob[at] === '*') {
      star = at++;
      afterStar = inName;
    } else if (glob[at] === '?' || (at < glob.length && glob[at] === name[inName])) {
      at++;
      inName++;
    } else if (star >= 0) {
      at = star + 1;
      inName = ++afterStar;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}
