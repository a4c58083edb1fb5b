/** A value that YAML can write and JSON can't, so no API server will ever see it: infinities and not-a-number. */
export class UnrepresentableScalar extends Error {
  readonly source: string;

  constructor(source: string) {
    super(`${source} is no JSON number`);
    this.source = source;
    this.name = 'UnrepresentableScalar';
  }
}

const words = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, true] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const notFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const prefixed = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)$/;
const decimal = /^[-+]?(?:0|[1-9][0-9]*)$/;

/**
 * Reads an unquoted scalar as the API server's clients do: YAML 1.1 booleans, octals with a bare 0, but neither
 * sexagesimal numbers nor timestamps. Throws UnrepresentableScalar where the value has no JSON.
 * Source: sigs.k8s.io/yaml v1.6.0, its goyaml.v2 resolver.
 */
export function resolvePlainScalar(source: string): string | number | boolean | null {
  const word = words.get(source);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(source)) return source;
  if (notFinite.test(source)) throw new UnrepresentableScalar(source);
  const digits = source.startsWith('.') ? source : source.replaceAll('_', '');
  return resolveInteger(digits) ?? resolveFloat(digits) ?? source;
}

/** Go's ParseInt and ParseUint with base 0: what needs more than 64 bits is no integer. */
function resolveInteger(digits: string): number | undefined {
  if (decimal.test(digits)) return Number(digits) + 0;
  const match = prefixed.exec(digits);
  if (!match) return undefined;
  const [, sign, number = ''] = match;
  const magnitude = BigInt(/^0[0-7]/.test(number) ? `0o${number}` : number);
  if (magnitude >= (sign === '' ? 2n ** 64n : sign === '+' ? 2n ** 63n : 2n ** 63n + 1n)) return undefined;
  return sign === '-' ? 0 - Number(magnitude) : Number(magnitude);
}

function resolveFloat(digits: string): number | undefined {
  if (!float.test(digits)) return undefined;
  const number = Number(digits);
  return Number.isFinite(number) ? number : undefined;
}

/** The text that a `!!binary` scalar encodes in base64; undefined where it is none. Source: goyaml.v2. */
export function decodeBinary(source: string): string | undefined {
  const bytes = source.replaceAll(/\s/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(bytes) && bytes.length % 4 === 0
    ? Buffer.from(bytes, 'base64').toString('utf8')
    : undefined;
}
