import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A request that nobody would send who means well. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the body is cut into chunks of a chunked transfer; undefined for one piece with its length. */
  readonly chunk: number | undefined;
  /** The connection ends after so many bytes of the body; undefined where all of it comes. */
  readonly cut: number | undefined;
  /** Which mutations made it, so that a failure can be told in words. */
  readonly made: string;
}

/** Numbers from 0 to just below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Random = () => number;

const folder = join(import.meta.dirname, '..', '..', 'examples', 'reviews');

/** The recorded reviews, as text. */
export function recordedReviews(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}

/** The request of a number: a recorded review with one to four mutations of its value, its text and its transfer. */
export function fuzzedRequest(reviews: readonly string[], seed: number): FuzzedRequest {
  const random = createRandom(seed);
  const made: string[] = [];
  const value = JSON.parse(pick(random, reviews)) as Json;
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times; time += 1) made.push(mutateValue(value, random));
  let body: Buffer = Buffer.from(JSON.stringify(value));
  if (random() < 0.3) {
    const [name, mutate] = pick(random, textMutations);
    body = mutate(body, random);
    made.push(name);
  }
  const transfer = random() < 0.2 ? pick(random, transfers)(random, body) : {};
  return {
    method: 'POST',
    path: `${random() < 0.5 ? '/validate' : '/mutate'}?timeout=10s`,
    chunk: random() < 0.1 ? 1 + Math.floor(random() * 4000) : undefined,
    cut: undefined,
    ...transfer,
    headers: { 'content-type': 'application/json', ...transfer.headers },
    body,
    made: [...made, ...Object.keys(transfer)].join(', '),
  };
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** Goes down to some place of a value, and does something to what it finds there. */
function mutateValue(root: Json, random: Random): string {
  let at: Json = root;
  for (let depth = Math.floor(random() * 9); depth > 0; depth -= 1) {
    const children: Json[] = isContainer(at) ? Object.values(at).filter(isContainer) : [];
    if (children.length === 0) break;
    at = pick(random, children);
  }
  if (!isContainer(at)) return 'nothing';
  const keys = Object.keys(at);
  const key = keys.length > 0 ? pick(random, keys) : '0';
  const [name, mutate] = pick(random, valueMutations);
  mutate(at as Record<string, Json>, key, random);
  return `${name} at ${key.slice(0, 20)}`;
}

function isContainer(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

const odd: readonly ((random: Random) => Json)[] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => 0.1,
  () => '',
  () => ' ',
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => '\u0000',
  () => '\ud800',
  () => '__proto__',
  () => 'constructor',
  () => '../../../etc/passwd',
  () => '%s%n\n\r\t"\\',
  () => 'all() && has(x) && !(y in {"a"})'.repeat(20),
  () => '('.repeat(5000),
  () => '!'.repeat(5000),
  () => 'a, b=c, !d, e in (f,g),'.repeat(50),
  () => '9'.repeat(400),
  () => '10.0.0.0/33',
  () => '::ffff:1.2.3.4/129',
  () => '65536,1-70000,-5',
  () => 'x'.repeat(300),
  (random) => 'ä'.repeat(sizeOf(random, 20_000)),
  (random) => nested(Math.floor(random() * 400), random),
  (random) =>
    Array.from({ length: Math.floor(random() * 300) }, () => ({ action: 'Allow', selector: 'all()' })),
  (random) =>
    Object.fromEntries(
      Array.from({ length: Math.floor(random() * 500) }, (_, index) => [`key-${index}`, 'v']),
    ),
  () => hostile({ polluted: true }),
  () => ({ constructor: { prototype: { polluted: true } } }),
  () => ({ toString: 1, valueOf: null, hasOwnProperty: 'x', length: -1 }),
];

/** Mostly small, seldom as large as can be. */
function sizeOf(random: Random, most: number): number {
  return Math.floor(random() ** 4 * most);
}

function nested(depth: number, random: Random): Json {
  let value: Json = 'deep';
  for (let level = 0; level < depth; level += 1) value = random() < 0.5 ? [value] : { a: value };
  return value;
}

/** An object with a key `__proto__` of its own, as JSON.parse makes it. */
function hostile(value: Json): Json {
  const holder = {};
  Object.defineProperty(holder, '__proto__', { value, enumerable: true, configurable: true, writable: true });
  return holder;
}

type Holder = Record<string, Json>;

const set = (at: Holder, key: string, value: Json) =>
  void Object.defineProperty(at, key, { value, enumerable: true, configurable: true, writable: true });

const valueMutations: readonly (readonly [string, (at: Holder, key: string, random: Random) => void])[] = [
  ['odd value', (at, key, random) => set(at, key, pick(random, odd)(random))],
  ['odd value', (at, key, random) => set(at, key, pick(random, odd)(random))],
  ['key taken away', (at, key) => void delete at[key]],
  ['key renamed', (at, key) => set(at, `${key}s`, at[key] ?? null)],
  ['key in other letters', (at, key) => set(at, key.toUpperCase(), at[key] ?? null)],
  ['value in an array', (at, key) => set(at, key, [at[key] ?? null])],
  ['value as text', (at, key) => set(at, key, JSON.stringify(at[key] ?? null))],
  [
    'value a hundred times',
    (at, key) =>
      set(
        at,
        key,
        Array.from({ length: 100 }, () => structuredClone(at[key] ?? null)),
      ),
  ],
  ['key __proto__', (at, _key, random) => set(at, '__proto__', pick(random, odd)(random))],
  ['key constructor', (at, _key, random) => set(at, 'constructor', pick(random, odd)(random))],
  [
    'odd key',
    (at, _key, random) =>
      set(at, pick(random, ['', '/', '~0~1', 'a/b/c', '\u0000', '\ud800', 'toString']), 'v'),
  ],
  ['huge key', (at, _key, random) => set(at, 'k'.repeat(sizeOf(random, 100_000)), 'v')],
  [
    'value of another place',
    (at, key, random) => set(at, key, structuredClone(at[pick(random, Object.keys(at))] ?? null)),
  ],
  [
    'one letter',
    (at, key, random) => {
      const text = at[key];
      if (typeof text !== 'string' || text === '') return;
      const where = Math.floor(random() * text.length);
      set(
        at,
        key,
        text.slice(0, where) + String.fromCharCode(Math.floor(random() * 128)) + text.slice(where + 1),
      );
    },
  ],
];

const textMutations: readonly (readonly [string, (body: Buffer, random: Random) => Buffer])[] = [
  ['truncated text', (body, random) => body.subarray(0, Math.floor(random() * body.length))],
  [
    'other bytes',
    (body, random) => {
      const copy = Buffer.from(body);
      for (let count = 1 + random() * 8; count > 0; count -= 1)
        copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
      return copy;
    },
  ],
  ['text twice', (body) => Buffer.concat([body, body])],
  ['byte order mark', (body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])],
  [
    'opened and never closed',
    (_body, random) => Buffer.from(pick(random, ['[', '{"a":', '[{"a":']).repeat(1 + sizeOf(random, 50_000))),
  ],
  [
    'nested too deep',
    (body, random) => {
      const depth = 1 + sizeOf(random, 50_000);
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      return Buffer.from(body.toString().replace(/"(?:labels|spec|metadata)":\{/, `$&"x":${deep},`));
    },
  ],
  [
    'the same key twice',
    (body) => Buffer.from(body.toString().replace('"request":{', '"request":{"uid":7,"operation":"DELETE",')),
  ],
  ['nothing', () => Buffer.alloc(0)],
  [
    'no object',
    (_body, random) => Buffer.from(pick(random, ['null', '7', '"x"', '[]', 'true', 'NaN', '{}', ' ', '\n'])),
  ],
  ['padded', (body, random) => Buffer.concat([body, Buffer.alloc(sizeOf(random, 500_000), 0x20)])],
];

type Transfer = Partial<Pick<FuzzedRequest, 'method' | 'path' | 'headers' | 'cut'>>;

const transfers: readonly ((random: Random, body: Buffer) => Transfer)[] = [
  (random) => ({ method: pick(random, ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) }),
  (random) => ({
    path: pick(random, [
      '/',
      '/validate/',
      '/validate/../mutate',
      '//mutate',
      '/%76alidate',
      '/mutate%00',
      '/metrics',
      `/${'x'.repeat(4000)}`,
    ]),
  }),
  (random) => ({
    path: `/validate?timeout=${pick(random, ['0s', '-1s', '1e9s', '9999999999s', '%ff', '1s&timeout=2s', '[]', '3', ''])}`,
  }),
  (random) => ({
    headers: {
      'content-type': pick(random, [
        'text/plain',
        'application/json; charset=utf-16',
        'application/jsonp',
        '',
        ';',
        'a/b'.repeat(500),
      ]),
    },
  }),
  (random) => ({
    headers: { 'content-encoding': pick(random, ['gzip', 'br', 'identity', 'x'.repeat(100)]) },
  }),
  (random) => ({ headers: { 'x-long': 'v'.repeat(Math.floor(random() * 20_000)) } }),
  (random) => ({
    headers: Object.fromEntries(
      Array.from({ length: Math.floor(random() * 300) }, (_, index) => [`x-${index}`, 'v']),
    ),
  }),
  () => ({ headers: { 'accept-encoding': 'gzip', accept: 'application/xml', connection: 'close' } }),
  (random, body) => ({ cut: Math.floor(random() * body.length) }),
];
