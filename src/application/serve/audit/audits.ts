import type { Logger } from 'pino';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { readPages } from '../../../cluster/follow/pages.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { ConventionSet } from '../../../conventions/convention-set.ts';
import { sumOfCounts, type WaiverCounts } from '../../../conventions/waiver/waiver-count.ts';
import type { CoverageCount } from '../../../engine/audit.ts';
import {
  combineFindings,
  nothingFound,
  type AuditFindings,
  type FindingCount,
} from '../../../engine/audit-findings.ts';
import type { Inventory } from '../../../inventory/inventory.ts';
import type { AuditAge } from '../../../server/metrics/gauges.ts';
import { createAuditLog } from './audit-log.ts';
import { createAuditLoop } from './audit-loop.ts';
import type { ClusterEvents } from './events.ts';
import { createPodAuditLoop } from './pod-audit-loop.ts';

export interface AuditsOptions {
  /** Without a cluster there are no pods but those of the manifests. */
  readonly connection: ApiConnection | undefined;
  readonly inventory: Inventory;
  readonly conventions: () => ConventionSet;
  /** Whether this replica is the one that audits, and knows the cluster. */
  readonly isWanted: () => boolean;
  readonly now: () => Date;
  readonly schedule: Schedule;
  readonly events: ClusterEvents | undefined;
  readonly onFailedRead: () => void;
  /** Told when an audit has counted what waivers cover. */
  readonly onAudit: () => void;
}

/**
 * The audit of what exists, in two parts that go on beside each other: the objects that are followed, after each change,
 * and the pods, which are read for it and never kept. What either finds is told to the log and in Events.
 */
export interface Audits {
  readonly start: () => void;
  /** Something has changed: an object, the conventions, or which replica audits. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
  readonly coverage: () => readonly CoverageCount[];
  /** What each waiver covers; undefined where another replica audits. */
  readonly waived: () => WaiverCounts | undefined;
  /** What both parts have found last; undefined where another replica audits. */
  readonly findings: () => AuditFindings | undefined;
  /** The same once both parts have found something or nothing, so that no finding is gone after a change of the leader. */
  readonly wholeFindings: () => AuditFindings | undefined;
  readonly counts: () => readonly FindingCount[];
  readonly ages: () => readonly AuditAge[];
  readonly pods: () => number | undefined;
}

export function createAudits(options: AuditsOptions, log: Logger): Audits {
  const { connection, inventory, conventions, isWanted, now, schedule, events } = options;
  const shared = { inventory, conventions, isWanted, now, schedule };
  const begun = schedule.now();
  const finished = new Map<AuditAge['part'], number>();
  const teller = (part: AuditAge['part']) => {
    const tellers = [createAuditLog(log), ...(events ? [events.createTeller()] : [])];
    return (findings: AuditFindings) => {
      finished.set(part, schedule.now());
      for (const tell of tellers) tell(findings);
      options.onAudit();
    };
  };
  const [tellOfObjects, tellOfPods] = [teller('objects'), teller('pods')];
  const objects = createAuditLoop({
    ...shared,
    onAudit: (audit) => {
      events?.tell(audit);
      tellOfObjects(audit.findings);
    },
  });
  let problem: string | undefined;
  const onFailure = (why: string) => {
    options.onFailedRead();
    if (why !== problem) log.warn({ problem: why }, 'pods cannot be read for the audit');
    problem = why;
  };
  const pods =
    connection &&
    createPodAuditLoop({
      ...shared,
      isHeldBack: objects.isWorking,
      // What has ended is not judged, so it need not be sent.
      read: (signal) =>
        readPages(connection, '/api/v1/pods', {
          query: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
          signal,
          schedule,
          onFailure,
        }),
      onAudit: ({ findings }) => {
        problem = undefined;
        tellOfPods(findings);
      },
    });
  const parts = () => [objects.last()?.findings, pods?.last()?.findings].filter((part) => part !== undefined);
  return {
    start: () => {
      objects.start();
      pods?.start();
    },
    wake: () => {
      objects.wake();
      pods?.wake();
    },
    close: async () => {
      await Promise.all([objects.close(), pods?.close()]);
    },
    coverage: () => objects.last()?.coverage ?? [],
    waived: () => {
      const last = objects.last();
      return last && sumOfCounts([last.waived, pods?.last()?.waived ?? new Map()]);
    },
    findings: () => (isWanted() ? combineFindings(parts()) : undefined),
    wholeFindings: () => {
      const isWhole = objects.last() && (!pods || pods.last() || problem !== undefined);
      return isWhole ? combineFindings(parts()) : undefined;
    },
    counts: () => (isWanted() ? combineFindings(parts()) : nothingFound).counts,
    ages: () =>
      (pods ? (['objects', 'pods'] as const) : (['objects'] as const))
        .filter(() => isWanted())
        .map((part) => ({ part, seconds: (schedule.now() - (finished.get(part) ?? begun)) / 1000 })),
    pods: () => pods?.last()?.pods,
  };
}
