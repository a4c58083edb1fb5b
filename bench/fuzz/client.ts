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
  /** The milliseconds after which an answer counts as late. */
  readonly longest: number;
}

export interface FuzzReport {
  readonly problems: readonly string[];
  readonly kinds: Readonly<Record<string, number>>;
  /** The longest wait for an answer, in milliseconds. */
  readonly slowest: number;
  /** The requests that were answered late. */
  readonly late: readonly LateAnswer[];
}

/** A request, what it was answered, and when it was asked and answered, as `Date.now()` tells it. */
export interface LateAnswer {
  readonly request: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

process.on('message', async (range: FuzzRange) => process.send?.(await run(range)));

async function run({ port, ca, from, to, connections, longest }: FuzzRange): Promise<FuzzReport> {
  const client = createFuzzingClient(port, readFileSync(ca, 'utf8'), connections);
  const reviews = recordedReviews();
  const problems: string[] = [];
  const kinds = new Map<string, number>();
  const late: LateAnswer[] = [];
  let [slowest, next] = [0, from];
  const worker = async () => {
    while (next < to) {
      const seed = next++;
      const fuzzed = fuzzedRequest(reviews, seed);
      const { kind, milliseconds, problem } = await client.send(fuzzed);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      slowest = Math.max(slowest, milliseconds);
      const now = Date.now();
      if (milliseconds > longest)
        late.push({ request: `${seed} (${fuzzed.made})`, kind, from: now - milliseconds, to: now });
      if (problem !== undefined && problems.length < 100)
        problems.push(`${seed} (${fuzzed.made}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  client.close();
  return { problems, kinds: Object.fromEntries(kinds), slowest, late };
}
