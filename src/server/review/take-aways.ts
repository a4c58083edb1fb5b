import { setTimeout as after } from 'node:timers/promises';
import type { Decision } from '../../admission/decision.ts';
import {
  asIfDone,
  pendingOf,
  printPending,
  readPending,
  unsettled,
  withPending,
  type PendingChange,
} from '../../admission/pending.ts';
import type { TakeAway } from '../../admission/may-open-namespaces.ts';
import { refuseUnconfirmed } from '../../admission/unconfirmed.ts';
import { withFreshRead, type FreshRead } from '../../inventory/fresh-read.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import { overlay } from '../../inventory/overlay.ts';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';

/** A text that all replicas share: whoever writes it has to have read what is there. */
export interface SharedText {
  /** @throws where it cannot be read. */
  readonly read: () => Promise<{ readonly text: string; readonly version: string }>;
  /**
   * @returns its new version; undefined where somebody else has written since
   * @throws where nobody knows whether it was written.
   */
  readonly write: (text: string, version: string) => Promise<string | undefined>;
}

export interface TakeAwaysOptions {
  readonly inventory: Inventory;
  /** Which changes replicas have allowed, of which they do not know yet how they have ended. */
  readonly shared: SharedText;
  /**
   * At all that an answer rests on, with the namespaces it reaches besides, and whether anything runs in namespaces
   * where nothing is known to.
   */
  readonly freshRead: (
    request: AdmissionRequest,
    emptied: readonly string[],
    reaches: readonly string[],
  ) => Promise<FreshRead>;
  readonly validate: (request: AdmissionRequest, known: Inventory) => Decision;
  readonly takeAwayOf: (request: AdmissionRequest, known: Inventory) => TakeAway | undefined;
  readonly now: () => number;
  /** Milliseconds since some fixed point. */
  readonly elapsed?: () => number;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  /** The longest that one may take, in milliseconds: inside the webhook's own timeout. */
  readonly patienceMs?: number;
  /** Reviews that may wait at the same time. */
  readonly mostWaiting?: number;
}

/** Milliseconds between two looks at whether another change has gone through. */
const intervalMs = 50;

/**
 * Answers changes that take cover away, one at a time among all replicas: each is judged by what the API server has,
 * and again as if all that was allowed before it had gone through. What was allowed stands in a text that the replicas
 * share, until it is seen, or until the API server must have given it up. Where the two judgements differ it waits.
 * Nobody holds a lock, so nobody can die with one: a replica that is gone leaves the changes that it has allowed.
 */
export function createTakeAways(options: TakeAwaysOptions) {
  const { inventory, shared, freshRead, validate, takeAwayOf, now } = options;
  const { elapsed = () => performance.now(), pause = after, patienceMs = 2_400, mostWaiting = 64 } = options;
  const inTurn = createLine();
  let waiting = 0;

  /** One attempt; a text says why there is no answer yet. */
  const attempt = async (request: AdmissionRequest, asked: TakeAway): Promise<Decision | string> => {
    const { text, version } = await shared.read();
    const direct = await freshRead(request, asked.emptied, asked.reaches);
    if (!direct.fresh) return direct.why;
    const present = withFreshRead(inventory, direct);
    const decision = validate(request, present);
    const found = decision.allowed ? takeAwayOf(request, present) : undefined;
    if (!found) return decision;
    if (asksForMore(found, asked)) return attempt(request, withMore(asked, found));
    const others = unsettled(readPending(text), present, now());
    const change = asIfDone(others);
    if (!change)
      return `another change was allowed ${age(others, now())} ago and has not been seen yet: it is too large to compare, or one of several changes of the same object; wait until it is seen`;
    if (others.length > 0) {
      const together = overlay(present, change);
      if (!validate(request, together).allowed)
        return `another change was allowed ${age(others, now())} ago and has not been seen yet: with both of them a namespace would be open`;
      const more = takeAwayOf(request, together);
      if (more && asksForMore(more, asked)) return attempt(request, withMore(asked, more));
    }
    if (request.dryRun) return decision;
    const all = withPending(others, pendingOf(found.subject, request.uid, now()));
    if (!all) return `${others.length} other changes have been allowed and not been seen yet`;
    const isWritten = (await shared.write(printPending(all), version)) !== undefined;
    return isWritten ? decision : 'another replica is answering such changes as well';
  };

  /** @param spent milliseconds that the review has waited already */
  const answer = async (
    request: AdmissionRequest,
    first: Decision,
    asked: TakeAway,
    spent = 0,
  ): Promise<Decision> => {
    const end = elapsed() + patienceMs - spent;
    if (waiting >= mostWaiting)
      return refuseUnconfirmed(first, asked, `${waiting} other such changes are waiting for an answer`);
    let why = 'the API server did not answer in time';
    waiting += 1;
    try {
      while (elapsed() < end) {
        const late = why;
        const turn = inTurn(async () => (elapsed() < end ? attempt(request, asked) : late));
        const outcome = await within(end - elapsed(), turn, late);
        if (typeof outcome !== 'string') return outcome;
        why = outcome;
        await pause(intervalMs);
      }
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    } finally {
      waiting -= 1;
    }
    return refuseUnconfirmed(first, asked, why);
  };
  return answer;
}

/** With the namespaces of another judgement besides; they only ever become more, so that looking comes to an end. */
function withMore(asked: TakeAway, found: TakeAway): TakeAway {
  return {
    subject: found.subject,
    emptied: [...new Set([...asked.emptied, ...found.emptied])],
    reaches: [...new Set([...asked.reaches, ...found.reaches])],
  };
}

/** Whether what the API server has reaches namespaces that nobody has looked at. */
function asksForMore(found: TakeAway, asked: TakeAway): boolean {
  return (
    found.emptied.some((name) => !asked.emptied.includes(name)) ||
    found.reaches.some((name) => !asked.reaches.includes(name))
  );
}

async function within<Value>(
  milliseconds: number,
  promise: Promise<Value>,
  late: string,
): Promise<Value | string> {
  const { promise: end, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(late), Math.max(0, milliseconds));
  try {
    return await Promise.race([promise, end]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets one go on after the other. */
function createLine() {
  let last: Promise<unknown> = Promise.resolve();
  return <Value>(task: () => Promise<Value>): Promise<Value> => {
    const own = last.then(task, task);
    last = own;
    return own;
  };
}

function age(pending: readonly PendingChange[], now: number): string {
  const oldest = Math.min(...pending.map(({ at }) => at));
  return `${Math.max(0, Math.round((now - oldest) / 1000))} s`;
}

/** A text for one replica alone. */
export function createOwnText(): SharedText {
  let text = '';
  let version = 0;
  return {
    read: async () => ({ text, version: String(version) }),
    write: async (next, before) => {
      if (before !== String(version)) return undefined;
      text = next;
      version += 1;
      return String(version);
    },
  };
}
