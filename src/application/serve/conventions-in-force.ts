import { cwd } from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { findConventions } from '../read/find-conventions.ts';
import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { createDocumentView } from '../../cluster/document-view.ts';
import { createRounds } from '../../cluster/pace/background-loop.ts';
import type { Schedule } from '../../cluster/pace/schedule.ts';
import { createAcceptance, type AcceptedDocuments } from '../../conventions/accepted-documents.ts';
import type { ConventionSet } from '../../conventions/convention-set.ts';
import { defaultConventions } from '../../conventions/default-conventions.ts';
import { statusOf } from '../../conventions/document-status.ts';
import { standingOf } from '../../conventions/waiver-standing.ts';
import { type KubernetesObject } from '../../kubernetes/object.ts';
import { rules } from '../../rules/registry.ts';
import type { ReadinessCheck } from '../../server/probes.ts';
import { tellOfUnused } from './unused-documents.ts';
import { createWaiverWatch, type WaiverWatchOptions } from './waiver-watch.ts';
import { counted } from '../../text/plural.ts';
import { record } from '../../kubernetes/read.ts';

/** The conventions that hold now, wherever they come from. */
export interface ConventionsInForce {
  readonly current: () => ConventionSet;
  /** What is to be seen of them at `/readyz`; nothing where they cannot change. */
  readonly checks: () => readonly ReadinessCheck[];
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** Whether this replica leads may have changed, or what waivers cover. */
  readonly wake?: () => void;
}

/** Where conventions come from, as the settings say it. */
export async function conventionsOf(
  {
    conventions = [],
    conventionsFromCluster = false,
  }: { readonly conventions?: readonly string[]; readonly conventionsFromCluster?: boolean },
  {
    connection,
    schedule,
    leads,
    findings = () => undefined,
    now = () => new Date(),
    onChange = () => {},
  }: {
    readonly connection: ApiConnection | undefined;
    readonly schedule: Schedule;
    readonly leads: () => boolean;
    /** How many findings each waiver covers, once that has been counted. */
    readonly findings?: () => ReadonlyMap<string, number> | undefined;
    /** Default: the clock of the machine. */
    readonly now?: () => Date;
    /** Told when others have come into force. */
    readonly onChange?: () => void;
  },
  log: Logger,
): Promise<ConventionsInForce> {
  if (connection && conventionsFromCluster)
    return conventionsOfCluster({ connection, schedule, leads, findings, now, onChange }, log);
  const ofFiles = conventions.length > 0;
  const inForce = ofFiles
    ? await conventionsOfFiles(conventions, { folder: cwd(), schedule, findings, now, onChange }, log)
    : packagedConventions();
  const source = ofFiles ? conventions.join(', ') : 'the packaged convention';
  return connection ? tellOfUnused(inForce, { source, connection, schedule }, log) : inForce;
}

function packagedConventions(): ConventionsInForce {
  const packaged = defaultConventions();
  return { current: () => packaged, checks: () => [], start: () => {}, close: async () => {} };
}

/**
 * Follows the ConventionPolicy and Waiver objects of a cluster. Every replica judges by what it sees; the leader says in
 * the status of each object what has become of it.
 */
function conventionsOfCluster(
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
      rounds.wake();
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
  const rounds = createRounds(async ({ woken, closed }) => {
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
      rounds.start();
    },
    wake: rounds.wake,
    close: async () => {
      await Promise.all([view.close(), rounds.close()]);
    },
  };
}

/** Follows files and folders by what is in them; where they are not good any more, the last good ones stay in force. */
async function conventionsOfFiles(
  paths: readonly string[],
  {
    folder,
    schedule,
    findings,
    now,
    onChange,
  }: WaiverWatchOptions & {
    readonly folder: string;
    readonly schedule: Schedule;
    readonly onChange: () => void;
  },
  log: Logger,
): Promise<ConventionsInForce> {
  let problem: string | undefined;
  let current = await findConventions(paths, folder);
  const watchWaivers = createWaiverWatch({ now, findings }, log);
  const rounds = createRounds(async ({ closed }) => {
    watchWaivers(current);
    await schedule.pause(10_000, closed);
    if (closed.aborted) return;
    try {
      const found = await findConventions(paths, folder);
      problem = undefined;
      if (textOf(found) === textOf(current)) return;
      current = found;
      onChange();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== problem) log.error({ problem: why }, 'the convention files are not in use');
      problem = why;
    }
  });
  return {
    current: () => current,
    checks: () => [{ name: 'conventions', ok: true, detail: problem ?? paths.join(', ') }],
    start: rounds.start,
    close: rounds.close,
  };
}

/** All that the documents of a set say. */
function textOf({ conventions, waivers }: ConventionSet): string {
  return JSON.stringify([...conventions, ...waivers].map(({ source }) => source?.value));
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
