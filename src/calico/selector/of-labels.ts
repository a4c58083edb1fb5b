/**
 * The selector of what has some labels, as people write it; everything, where there are none.
 * @example
 * selectorOfLabels({ app: 'web', tier: 'front' }); // 'app == "web" && tier == "front"'
 */
export function selectorOfLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key} == "${value}"`);
  return pairs.length === 0 ? 'all()' : pairs.join(' && ');
}
