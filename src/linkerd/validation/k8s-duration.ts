const nanoseconds = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

/**
 * A timeout of Linkerd's own HTTPRoute in nanoseconds, such as `1m30s` and `.5s`; undefined where it cannot be read.
 * Source: Linkerd policy-controller/k8s/api/src/duration.rs, K8sDuration::from_str.
 */
export function parseK8sDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^\+*-*/, '');
  let total = 0;
  while (rest !== '' && rest !== '0') {
    const part = /^([0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(\p{Alphabetic}+)/u.exec(rest);
    const scale = nanoseconds.get(part?.[2] ?? '');
    if (!part || scale === undefined) return undefined;
    total += Number(part[1]) * scale;
    rest = rest.slice(part[0].length);
  }
  return sign * total;
}
