/**
 * How Linkerd reads the text of an annotation: the injector with Go's libraries, the policy controller with Rust's. Each
 * reader gives undefined where Linkerd's gives an error.
 * Source: Go's strconv and time packages, Kubernetes apimachinery api/resource.
 */

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** `strconv.ParseBool`. */
export function parseGoBool(text: string): boolean | undefined {
  if (trueTexts.has(text)) return true;
  return falseTexts.has(text) ? false : undefined;
}

/** `strconv.ParseInt(text, 10, bits)` as a bigint. */
export function parseGoInt(text: string, bits: 32 | 64): bigint | undefined {
  const digits = /^[+-]?0*([0-9]{1,20})$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
  return BigInt.asIntN(bits, value) === value ? value : undefined;
}

/** `strconv.ParseUint(text, 10, bits)`, which takes no sign. */
export function parseGoUint(text: string, bits: 16 | 32 | 64): bigint | undefined {
  const digits = /^0*([0-9]{1,20})$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return BigInt.asUintN(bits, value) === value ? value : undefined;
}

const decimalFloat =
  /^[+-]?([0-9]+(_[0-9]+)*\.?|([0-9]+(_[0-9]+)*)?\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+(_[0-9]+)*)?$/;
const hexFloat =
  /^([+-]?)0[xX]_?([0-9a-fA-F]*(?:_[0-9a-fA-F]+)*)(?:\.([0-9a-fA-F]*(?:_[0-9a-fA-F]+)*))?[pP]([+-]?[0-9]+(?:_[0-9]+)*)$/;

/** `strconv.ParseFloat(text, 64)`: digits may be grouped by `_`, and hexadecimal needs an exponent. */
export function parseGoFloat(text: string): number | undefined {
  if (text.toLowerCase() === 'nan') return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  const value = decimalFloat.test(text) ? Number(text.replaceAll('_', '')) : parseHexFloat(text);
  return value === undefined || Number.isFinite(value) ? value : undefined;
}

function parseHexFloat(text: string): number | undefined {
  const match = hexFloat.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match.map((part) => part?.replaceAll('_', ''));
  if (whole + fraction === '') return undefined;
  const mantissa = Number.parseInt(whole + fraction, 16);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === '-' ? -value : value;
}

const nanosecondsOf = new Map<string, bigint>([
  ['ns', 1n],
  ['us', 1000n],
  ['µs', 1000n],
  ['μs', 1000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** `time.ParseDuration` in nanoseconds: `1m30s` and `.5s`, but no `1d`, no bare number other than 0. */
export function parseGoDuration(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (!/^([0-9]*(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  const sums = new Map<string, number>();
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(
    /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    if (whole + fraction === '') return undefined;
    const digits = whole.replace(/^0+/, '');
    // Longer numbers exceed every limit, and reading them takes more than linear time.
    if (digits.length > 19) return undefined;
    if (fraction === '' && digits.length <= 9) {
      // The usual case; a long text can hold many, so they are summed as plain numbers.
      sums.set(unit, (sums.get(unit) ?? 0) + Number(digits));
      continue;
    }
    const scale = nanosecondsOf.get(unit) ?? 1n;
    const decimals = fraction.slice(0, 18);
    total += BigInt(digits) * scale + (BigInt(decimals) * scale) / 10n ** BigInt(decimals.length);
  }
  for (const [unit, sum] of sums) total += BigInt(sum) * (nanosecondsOf.get(unit) ?? 1n);
  const limit = negative ? 1n << 63n : (1n << 63n) - 1n;
  if (total > limit) return undefined;
  return negative ? -total : total;
}

/** `Duration.Seconds`: whole seconds and the rest as a fraction. */
export function goSeconds(nanoseconds: bigint): number {
  const second = 1_000_000_000n;
  return Number(nanoseconds / second) + Number(nanoseconds % second) / 1e9;
}

const quantityScale = new Map<string, number>([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

/**
 * A Kubernetes quantity as an approximate number. As in Kubernetes, a quantity without any digit is 0, unless its
 * suffix is one of the two largest binary ones.
 */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([numkKMGTPEi]*|[eE][+-]?[0-9]+)$/.exec(text);
  if (!match || text === '') return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const scale = quantityScale.get(suffix) ?? exponentScale(suffix);
  if (scale === undefined) return undefined;
  if (whole + fraction === '' && scale >= 2 ** 50 && suffix.endsWith('i')) return undefined;
  const value = Number(`${whole || '0'}.${fraction || '0'}`) * scale;
  return sign === '-' ? -value : value;
}

function exponentScale(suffix: string): number | undefined {
  return /^[eE][+-]?[0-9]+$/.test(suffix) ? 10 ** Number(suffix.slice(1)) : undefined;
}

/**
 * A duration as the policy controller reads it, in milliseconds: a whole number and a single unit; a bare `0` is fine.
 * Source: Linkerd policy-controller/k8s/index/src/outbound/index.rs, parse_duration.
 */
export function parsePolicyDuration(text: string): number | undefined {
  const match = /^([0-9]{1,15})(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) return undefined;
  const count = Number(match[1]);
  if (match[2] === undefined) return count === 0 ? 0 : undefined;
  return count * (unitMilliseconds.get(match[2]) ?? 0);
}

const unitMilliseconds = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
