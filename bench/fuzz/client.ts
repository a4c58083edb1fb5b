import { readFileSync } from 'node:fs';
import { createFuzzingClient } from '../../test/support/fuzzing-client.ts';
import { fuzzedRequest, recordedReviews } from '../../test/support/fuzzed-requests.ts';

/** The requests of a range of numbers, one told of as wrong at a time, and their sum at the end. */
export interface FuzzRange {
  readonly port: number;
  readonly ca: string;
  readonly from: number;
  readonly to: number;
  readonly connections: number;
}

export interface FuzzReport {
  readonly problems: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
  /** The longest wait for an answer, in milliseconds. */
  readonly slowest: number;
  /** The requests that were answered after more than a second. */
  readonly hangs: readonly string[];
}

process.on('message', async (range: FuzzRange) => process.send?.(await run(range)));

async function run({ port, ca, from, to, connections }: FuzzRange): Promise<FuzzReport> {
  const client = createFuzzingClient(port, readFileSync(ca, 'utf8'), connections);
  const reviews = recordedReviews();
  const problems: string[] = [];
  const kinds = new Map<string, number>();
  const hangs: string[] = [];
  let [slowest, next] = [0, from];
  const worker = async () => {
    while (next < to) {
      const seed = next++;
      const fuzzed = fuzzedRequest(reviews, seed);
      const { kind, milliseconds, problem } = await client.send(fuzzed);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      slowest = Math.max(slowest, milliseconds);
      if (milliseconds > 1000)
        hangs.push(`${seed} (${fuzzed.made}): ${kind} after ${milliseconds.toFixed(0)} ms`);
      if (problem !== undefined && problems.length < 100)
        problems.push(`${seed} (${fuzzed.made}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  client.close();
  return { problems, kinds: Object.fromEntries(kinds), slowest, hangs };
}
