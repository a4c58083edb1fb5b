import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { denies, type JudgedFinding } from '../../engine/judgement.ts';
import type { ReviewObserver, ReviewRecord } from '../review/review-record.ts';
import type { ConfirmationOutcome } from '../review/reviewer.ts';
import type { HandshakeFailure, TlsVersion } from '../connections/serving-tls.ts';
import { addGauges, type MetricsSources } from './gauges.ts';

export interface Metrics {
  readonly observe: ReviewObserver;
  /** Counts an answer that was looked at twice: the direct read confirmed it, changed it, or could not be made. */
  readonly countConfirmation: (outcome: ConfirmationOutcome) => void;
  /** Counts Kubernetes Events: written, dropped since too many were waiting, or not taken by the API server. */
  readonly countEvent: (outcome: 'written' | 'dropped' | 'failed') => void;
  /** Counts reports of the audit: written, removed, or not taken by the API server. */
  readonly countReport: (outcome: 'written' | 'removed' | 'failed') => void;
  /** Counts reads of pods that failed; they are tried again. */
  readonly countFailedRead: () => void;
  /** Counts a TLS connection by its version. */
  readonly countHandshake: (version: TlsVersion) => void;
  /** Counts a TLS handshake that failed. */
  readonly countHandshakeFailure: (reason: HandshakeFailure) => void;
  /** Counts a request for a review whose client may not ask. */
  readonly countTurnedAway: () => void;
  /** The text format of Prometheus. */
  readonly render: () => Promise<string>;
  readonly contentType: string;
}

const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Labels are kept for ever, and whoever reaches the port chooses the kind of a review. */
const mostKinds = 64;

/** Counts what the server does, and shows how well it knows the cluster. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const reviews = new Counter({
    name: 'tollgate_reviews_total',
    help: 'Reviews answered.',
    labelNames: ['webhook', 'operation', 'kind', 'decision'] as const,
    registers,
  });
  const findings = new Counter({
    name: 'tollgate_findings_total',
    help: 'Findings of reviews, by what became of them.',
    labelNames: ['webhook', 'rule', 'action'] as const,
    registers,
  });
  const withheld = new Counter({
    name: 'tollgate_patches_withheld_total',
    help: 'Patches that were left out, since the writer of the object had undone the same three times within an hour.',
    registers,
  });
  const durations = new Histogram({
    name: 'tollgate_review_duration_seconds',
    help: 'Time from the arrival of a review to its answer.',
    labelNames: ['webhook'] as const,
    buckets,
    registers,
  });
  const confirmations = new Counter({
    name: 'tollgate_confirmation_reads_total',
    help: 'Answers for which the API server was asked directly before they were sent, by what came of it.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const events = new Counter({
    name: 'tollgate_events_total',
    help: 'Kubernetes Events about namespaces and findings, by what became of them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const reports = new Counter({
    name: 'tollgate_reports_total',
    help: 'Reports of the audit in the cluster, by what became of them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const failedReads = new Counter({
    name: 'tollgate_audit_failed_reads_total',
    help: 'Reads of pods for the audit that failed and are tried again.',
    registers,
  });
  const door = countDoor(registers);
  const lastReview = new Gauge({
    name: 'tollgate_last_review_timestamp_seconds',
    help: 'When the last review was answered, in seconds since 1970; 0 before the first.',
    labelNames: ['webhook'] as const,
    registers,
  });
  for (const webhook of ['validate', 'mutate']) {
    durations.zero({ webhook });
    lastReview.set({ webhook }, 0);
  }
  for (const outcome of ['confirmed', 'changed', 'failed']) confirmations.inc({ outcome }, 0);
  for (const outcome of ['written', 'dropped', 'failed']) events.inc({ outcome }, 0);
  for (const outcome of ['written', 'removed', 'failed']) reports.inc({ outcome }, 0);
  addGauges(registers, sources);
  const kinds = new Set<string>();
  const boundedKind = (kind: string) => {
    if (kinds.size < mostKinds) kinds.add(kind);
    return kinds.has(kind) ? kind : 'other';
  };
  return {
    observe: (record) => {
      const { webhook, request, decision, milliseconds } = record;
      reviews.inc({
        webhook,
        operation: request?.operation ?? 'unknown',
        kind: request ? boundedKind(request.kind.kind) : 'unknown',
        decision: outcomeOf(record),
      });
      durations.observe({ webhook }, milliseconds / 1000);
      lastReview.set({ webhook }, sources.now().getTime() / 1000);
      if (decision?.withheld) withheld.inc();
      for (const finding of decision?.findings ?? [])
        findings.inc({
          webhook,
          rule: finding.rule,
          action: webhook === 'mutate' ? 'patch' : actionOf(finding),
        });
    },
    countConfirmation: (outcome) => confirmations.inc({ outcome }),
    countEvent: (outcome) => events.inc({ outcome }),
    countReport: (outcome) => reports.inc({ outcome }),
    countFailedRead: () => failedReads.inc(),
    ...door,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** Counters of who comes to the port; each is there from the start, so that no rate misses its first event. */
function countDoor(
  registers: Registry[],
): Pick<Metrics, 'countHandshake' | 'countHandshakeFailure' | 'countTurnedAway'> {
  const handshakes = new Counter({
    name: 'tollgate_tls_connections_total',
    help: 'TLS connections to the port of the webhooks, by version.',
    labelNames: ['version'] as const,
    registers,
  });
  const failures = new Counter({
    name: 'tollgate_tls_handshake_failures_total',
    help: 'TLS handshakes that failed, by reason; untrusted: the client does not trust the certificate.',
    labelNames: ['reason'] as const,
    registers,
  });
  const turnedAway = new Counter({
    name: 'tollgate_unauthenticated_reviews_total',
    help: 'Requests for reviews whose client showed no certificate that is believed.',
    registers,
  });
  for (const version of ['TLSv1.2', 'TLSv1.3']) handshakes.inc({ version }, 0);
  for (const reason of ['untrusted', 'version', 'cipher', 'timeout', 'other']) failures.inc({ reason }, 0);
  return {
    countHandshake: (version) => handshakes.inc({ version }),
    countHandshakeFailure: (reason) => failures.inc({ reason }),
    countTurnedAway: () => turnedAway.inc(),
  };
}

function outcomeOf({ decision, allowed }: ReviewRecord): string {
  if (!decision) return 'failed';
  if (!allowed) return 'denied';
  if (decision.patch.length > 0) return 'patched';
  return decision.warnings.length > 0 ? 'warned' : 'allowed';
}

function actionOf(finding: JudgedFinding): string {
  if (finding.waiver) return 'waived';
  return denies(finding) ? 'deny' : 'warn';
}
