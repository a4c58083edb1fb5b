/** The name that a misspelled one most likely stands for: the same but for case, or one slip of the keys away. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const lowerCase = name.toLowerCase();
  return (
    names.find((candidate) => candidate.toLowerCase() === lowerCase) ??
    names.find((candidate) => isOneSlipAway(lowerCase, candidate.toLowerCase()))
  );
}

/** Whether one letter is missing, added, wrong, or two neighbours are swapped. */
function isOneSlipAway(left: string, right: string): boolean {
  if (Math.min(left.length, right.length) < 3 || Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const [restLeft, restRight] = [left.slice(start), right.slice(start)];
  return (
    restLeft.slice(1) === restRight ||
    restLeft === restRight.slice(1) ||
    restLeft.slice(1) === restRight.slice(1) ||
    (restLeft[0] === restRight[1] && restLeft[1] === restRight[0] && restLeft.slice(2) === restRight.slice(2))
  );
}
