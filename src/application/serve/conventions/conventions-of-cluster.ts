import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createDocumentView } from '../../../cluster/document-view.ts';
import { createBackgroundLoop } from '../../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { createAcceptance, type AcceptedDocuments } from '../../../conventions/accepted-documents.ts';
import { defaultConventions } from '../../../conventions/default-conventions.ts';
import { statusOf } from '../../../conventions/document-status.ts';
import { standingOf } from '../../../conventions/waiver-standing.ts';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { rules } from '../../../rules/registry.ts';
import type { ConventionsInForce } from './in-force.ts';
import { createWaiverWatch, type WaiverWatchOptions } from './waiver-watch.ts';
import { counted } from '../../../text/plural.ts';
import { record } from '../../../kubernetes/read.ts';

/**
 * Follows the ConventionPolicy and Waiver objects of a cluster. Every replica judges by what it sees; the leader says in
 * the status of each object what has become of it.
 */
export function conventionsOfCluster(
  {
    connection,
    schedule,
    leads,
    findings,
    now,
    onChange,
  }: WaiverWatchOptions & {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly leads: () => boolean;
    readonly onChange: () => void;
  },
  log: Logger,
): ConventionsInForce {
  const accept = createAcceptance(rules);
  let accepted: AcceptedDocuments = { set: defaultConventions(), outcomes: [] };
  let taken = '';
  const take = () => {
    if (!view.synced()) return;
    const offered = view.documents().toSorted(byAge).map(offerOf);
    const versions = offered.map(({ name, version }) => `${name}=${version}`).join();
    if (versions === taken) return;
    taken = versions;
    accepted = accept(offered);
    const refused = accepted.outcomes.filter(({ problems }) => problems.length > 0);
    for (const outcome of refused) log.error(outcome, 'a document of the cluster is not in force');
    const { conventions, waivers } = accepted.set;
    log.info({ conventions: conventions.length, waivers: waivers.length }, 'conventions of the cluster');
    onChange();
  };
  const view = createDocumentView({
    connection,
    schedule,
    onChange: () => {
      take();
      loop.wake();
    },
  });
  const watchWaivers = createWaiverWatch({ now, findings }, log);
  const writeStatuses = async (closed: AbortSignal) => {
    if (!leads()) return;
    const { set } = accepted;
    const notices = watchWaivers(set);
    const time = now();
    const counted = findings();
    const outcomes = new Map(accepted.outcomes.map((one) => [`${one.name} ${one.version}`, one]));
    const waivers = new Map(set.waivers.map((waiver) => [waiver.name, waiver]));
    for (const document of view.documents()) {
      const { name, version } = offerOf(document);
      const outcome = outcomes.get(`${name} ${version}`);
      if (!leads() || !outcome || closed.aborted) continue;
      const before = record(document.status);
      const waiver = document.kind === 'Waiver' ? waivers.get(document.metadata.name ?? '') : undefined;
      const standing = waiver && standingOf(waiver, notices, set, time);
      // The last audit may be older than the end of the waiver.
      const covered = standing?.counts === false ? 0 : waiver && counted && (counted.get(waiver.name) ?? 0);
      const known = typeof before.findings === 'number' ? before.findings : undefined;
      const status = statusOf(
        outcome,
        document.metadata.generation ?? 0,
        time,
        before,
        covered ?? known,
        standing,
      );
      if (isDeepStrictEqual(status, before)) continue;
      await view.writeStatus(document, status, closed);
    }
  };
  const loop = createBackgroundLoop(async ({ woken, closed }) => {
    try {
      await writeStatuses(closed);
    } catch (error) {
      if (!closed.aborted) log.warn({ err: error }, 'the status of a document cannot be written');
      // Whatever woke it, a refusal must not be answered by asking again at once.
      await schedule.pause(2000, closed);
    }
    await schedule.pause(10_000, woken);
  });
  return {
    current: () => accepted.set,
    checks: () => [
      {
        name: 'conventions',
        ok: view.synced(),
        detail: view.problem() ?? objectsInWords(accepted),
      },
    ],
    start: () => {
      view.start();
      loop.start();
    },
    wake: loop.wake,
    close: async () => {
      await Promise.all([view.close(), loop.close()]);
    },
  };
}

/** `3 objects`, and which of them are not in force: a convention that is left out judges nobody. */
function objectsInWords({ outcomes }: AcceptedDocuments): string {
  const refused = outcomes.filter(({ problems }) => problems.length > 0).map(({ name }) => name);
  const count = counted(outcomes.length, 'object');
  return refused.length === 0 ? count : `${count}, not in force as it is written: ${refused.join(', ')}`;
}

function byAge(a: KubernetesObject, b: KubernetesObject): number {
  const age = ({ metadata }: KubernetesObject) =>
    `${typeof metadata.creationTimestamp === 'string' ? metadata.creationTimestamp : ''} ${metadata.name}`;
  return age(a) < age(b) ? -1 : 1;
}

/** The generation of an object changes with its spec alone. */
function offerOf(document: KubernetesObject) {
  const { status: _status, ...stored } = document;
  const { kind, metadata } = stored;
  const { name = '', uid, generation, labels } = metadata;
  const value = { ...stored, metadata: { name, ...(labels ? { labels } : {}) } };
  return { name: `${kind}/${name}`, version: `${uid ?? ''}/${generation ?? 0}`, value };
}
