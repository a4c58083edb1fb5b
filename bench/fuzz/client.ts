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
  /** The longest wait for an answer, in milliseconds, without the time in which the client made other requests. */
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
  // A request of tens of megabytes takes this process a second to make, while others wait for it to read their answers.
  const makings: { readonly from: number; readonly to: number }[] = [];
  const madeWithin = (begun: number, ended: number) =>
    makings.reduce((sum, one) => sum + Math.max(0, Math.min(ended, one.to) - Math.max(begun, one.from)), 0);
  let [slowest, next] = [0, from];
  const worker = async () => {
    while (next < to) {
      const seed = next++;
      const begun = Date.now();
      const fuzzed = fuzzedRequest(reviews, seed);
      if (Date.now() - begun > 10) makings.push({ from: begun, to: Date.now() });
      const { kind, milliseconds: waited, problem } = await client.send(fuzzed);
      const now = Date.now();
      const milliseconds = waited - madeWithin(now - waited, now);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      slowest = Math.max(slowest, milliseconds);
      if (milliseconds > longest)
        late.push({ request: `${seed} (${fuzzed.made})`, kind, from: now - waited, to: now });
      if (problem !== undefined && problems.length < 100)
        problems.push(`${seed} (${fuzzed.made}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  client.close();
  return { problems, kinds: Object.fromEntries(kinds), slowest, late };
}
