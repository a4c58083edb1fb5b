import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createDocumentView } from '../../../cluster/document-view.ts';
import { createBackgroundLoop } from '../../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import {
  createAcceptance,
  type AcceptedDocuments,
  type OfferedDocument,
} from '../../../conventions/accepted-documents.ts';
import { conventionDocument, isConventionDocument } from '../../../conventions/document/document-name.ts';
import { formerRulesIn } from '../../../conventions/former-rules.ts';
import { defaultConventions } from '../../../conventions/default-conventions.ts';
import { knownCounts, countsInStatus } from '../../../conventions/waiver-status.ts';
import { statusOf } from '../../../conventions/document-status.ts';
import { standingOf } from '../../../conventions/waiver-standing.ts';
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { rules } from '../../../rules/registry.ts';
import { conventionsCheck, problemsOf } from './conventions-check.ts';
import type { ConventionsInForce } from './in-force.ts';
import { followLastGoodSet } from './last-good-set.ts';
import { confirmationIn } from './confirmed-deletion.ts';
import { createWaiverWatch, type WaiverWatchOptions } from './waiver-watch.ts';
import { record } from '../../../kubernetes/read.ts';

/**
 * Follows the ConventionPolicy and Waiver objects of a cluster. Every replica judges by what it sees; the leader says in
 * the status of each object what has become of it, and keeps the last good set in a ConfigMap. All replicas read that
 * at start, so that none of them answers by less than was in force before.
 */
export function conventionsOfCluster(
  {
    connection,
    schedule,
    leads,
    findings,
    now,
    onChange,
    keptIn,
  }: WaiverWatchOptions & {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly leads: () => boolean;
    readonly onChange: () => void;
    /** The ConfigMap of the last good set; without it only this process remembers it. */
    readonly keptIn?: { readonly namespace: string; readonly name: string };
  },
  log: Logger,
): ConventionsInForce {
  const accept = createAcceptance(rules);
  let accepted: AcceptedDocuments = {
    set: defaultConventions(),
    outcomes: [],
    lastGood: [],
    lost: [],
    unreadable: [],
  };
  let taken: string | undefined;
  /** What may hold reviews up: conventions without a good version, of which nobody knows whether they had one. */
  let doubtful: readonly string[] = [];
  const take = () => {
    if (!view.synced() || (kept && !kept.synced())) return;
    // What the leader has kept it knows already, and its own news may come back late.
    const news = taken !== undefined && leads() ? undefined : kept?.news();
    const offered = view.documents().toSorted(byAge).map(offerOf);
    const versions = offered
      .map(({ name, version, confirms }) => `${name}=${version}${confirms ?? ''}`)
      .join();
    if (versions === taken && !news) return;
    const isFirst = taken === undefined;
    taken = versions;
    accepted = accept(offered, news);
    doubtful = (isFirst || doubtful.length > 0) && !kept?.isKept() ? withoutAny(accepted) : [];
    const refused = accepted.outcomes.filter(({ problems }) => problems.length > 0);
    for (const outcome of refused) log.error(outcome, 'a document of the cluster is not in force');
    const { lost, unreadable } = accepted;
    if (lost.length > 0) log.error({ lost }, 'deleted conventions stay in force until that is confirmed');
    if (unreadable.length > 0)
      log.error({ unreadable }, 'conventions in force cannot be read by this version');
    for (const { name, value } of offered)
      for (const remark of formerRulesIn(value, rules)) log.warn({ name }, remark);
    const { conventions, waivers } = accepted.set;
    log.info({ conventions: conventions.length, waivers: waivers.length }, 'conventions of the cluster');
    onChange();
  };
  const look = () => {
    take();
    loop.wake();
  };
  const kept = keptIn && followLastGoodSet({ connection, schedule, ...keptIn, onChange: look }, log);
  const view = createDocumentView({
    connection,
    schedule,
    onChange: look,
  });
  const watchWaivers = createWaiverWatch({ now, findings }, log);
  const mayBeKept = () => taken !== undefined && doubtful.length === 0 && accepted.unreadable.length === 0;
  const writeStatuses = async (closed: AbortSignal) => {
    if (!leads()) return;
    if (mayBeKept()) await kept?.keep(accepted.lastGood, closed);
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
      const covered = waiver && countsInStatus(waiver, standing?.counts === false ? new Map() : counted);
      const status = statusOf(
        outcome,
        document.metadata.generation ?? 0,
        time,
        before,
        covered ?? knownCounts(before),
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
      conventionsCheck(accepted, {
        isKnown: taken !== undefined,
        doubtful,
        problem: view.problem() ?? kept?.problem(),
      }),
    ],
    problems: () => problemsOf(accepted),
    generationOf: (convention) =>
      accepted.lastGood
        .find(({ name }) => name === conventionDocument(convention))
        ?.version.split('/')
        .at(-1),
    start: () => {
      kept?.start();
      view.start();
      loop.start();
    },
    wake: loop.wake,
    close: async () => {
      await Promise.all([view.close(), loop.close(), kept?.close()]);
    },
  };
}

/** Conventions that are not in force, neither as they are written nor in a former version. */
function withoutAny({ outcomes }: AcceptedDocuments): readonly string[] {
  return outcomes
    .filter(
      ({ name, problems, formerInForce }) =>
        isConventionDocument(name) && problems.length > 0 && !formerInForce,
    )
    .map(({ name }) => name);
}

function byAge(a: KubernetesObject, b: KubernetesObject): number {
  const age = ({ metadata }: KubernetesObject) =>
    `${typeof metadata.creationTimestamp === 'string' ? metadata.creationTimestamp : ''} ${metadata.name}`;
  return age(a) < age(b) ? -1 : 1;
}

/** The generation of an object changes with its spec alone. */
function offerOf(document: KubernetesObject): OfferedDocument {
  const { status: _status, ...stored } = document;
  const { kind, metadata } = stored;
  const { name = '', uid, generation, labels } = metadata;
  const value = { ...stored, metadata: { name, ...(labels ? { labels } : {}) } };
  const confirms = confirmationIn(document);
  const version = `${uid ?? ''}/${generation ?? 0}`;
  return { name: `${kind}/${name}`, version, value, ...(confirms === undefined ? {} : { confirms }) };
}
