import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until the answer is something else than undefined or false, and returns it.
 * @param what a clause for the message: `namespace "shop" to be gone`
 * @throws after `seconds` (30), with what was awaited and the last error that `ask` threw.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { seconds = 30 }: { readonly seconds?: number } = {},
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await pause(50);
  } while (performance.now() < end);
  throw new Error(`waited ${seconds} s for ${what}`, { cause });
}
