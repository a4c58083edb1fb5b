import { setTimeout as after } from 'node:timers/promises';
import type { AdmissionRequest } from '../kubernetes/admission-review.ts';
import type { ClusterView } from './view.ts';

export interface ConfirmationOptions {
  readonly view: Pick<ClusterView, 'refresh' | 'synced'>;
  /** The longest a review may wait for its confirmation, in milliseconds: well inside the webhook's own timeout. */
  readonly deadline?: number;
  /** The longest time between two reads of the same collections, in milliseconds; whoever comes meanwhile shares the next. */
  readonly spacing?: number;
  /** Milliseconds since some fixed point. */
  readonly elapsed?: () => number;
  /** Told of each read, with how many reviews it confirmed. */
  readonly onRead?: (reviews: number) => void;
}

/** Whether the picture is now as new as the question, or why not. */
export type Confirmation = { readonly fresh: true } | { readonly fresh: false; readonly why: string };

/**
 * Confirms the cached picture by one direct read of what a verdict rests on.
 * Equal questions share a read: a storm of denials costs a few lists a second, whatever its size, and those who are
 * admitted never wait for one.
 */
export function createConfirmation(
  options: ConfirmationOptions,
): (request: AdmissionRequest) => Promise<Confirmation> {
  const { view, deadline = 1500, spacing = 200, elapsed = () => performance.now(), onRead } = options;
  const queues = new Map<string, Queue>();
  const read = async (resources: readonly string[], queue: Queue) => {
    await queue.last;
    queue.next = undefined;
    const { reviews } = queue;
    queue.reviews = 0;
    // Only what is asked after this point needs another read.
    const begun = elapsed();
    const refreshed = view.refresh(resources);
    // Reads take a third of the time at the most, so that one after the other is not slowed down, and many are.
    queue.last = refreshed.then(() =>
      after(Math.min(spacing, 2 * (elapsed() - begun)), undefined, { ref: false }),
    );
    await refreshed;
    onRead?.(reviews);
  };
  return async (request) => {
    if (!view.synced()) return { fresh: false, why: 'the cluster has not been read as a whole yet' };
    const resources = collectionsFor(request);
    const key = resources.join();
    const queue = queues.get(key) ?? { last: Promise.resolve(), next: undefined, reviews: 0 };
    queues.set(key, queue);
    queue.reviews += 1;
    queue.next ??= read(resources, queue);
    if (await isDoneWithin(deadline, queue.next)) return { fresh: true };
    return { fresh: false, why: `the API server did not answer within ${deadline / 1000} s` };
  };
}

async function isDoneWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  const inTime = new AbortController();
  const late = after(milliseconds, false, { signal: inTime.signal }).catch(() => true);
  const isDone = await Promise.race([work.then(() => true), late]);
  inTime.abort();
  return isDone;
}

/** One sequence of reads of the same collections. */
interface Queue {
  /** When the next read may begin. */
  last: Promise<unknown>;
  /** The read that has been asked for and not begun. */
  next: Promise<void> | undefined;
  reviews: number;
}

const calicoGroups = ['projectcalico.org', 'crd.projectcalico.org'];

const clusterWide = [
  ...calicoGroups.flatMap((group) => [`globalnetworkpolicies.${group}`, `tiers.${group}`]),
  ...['clusternetworkpolicies', 'adminnetworkpolicies', 'baselineadminnetworkpolicies'].map(
    (resource) => `${resource}.policy.networking.k8s.io`,
  ),
];

const namespaced = [
  'namespaces',
  ...calicoGroups.map((group) => `networkpolicies.${group}`),
  'networkpolicies.networking.k8s.io',
];

/** A new namespace has no policies of its own yet; everything else may hang on those of its namespace as well. */
function collectionsFor({ kind, operation }: AdmissionRequest): readonly string[] {
  return kind.kind === 'Namespace' && operation === 'CREATE' ? clusterWide : [...clusterWide, ...namespaced];
}
