import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { denies, type JudgedFinding } from '../engine/judgement.ts';
import type { ReviewObserver, ReviewRecord } from './review-record.ts';
import type { HandshakeFailure, TlsVersion } from './serving-tls.ts';

/** What is asked for each time the metrics are read. */
export interface MetricsSources {
  readonly version: string;
  readonly ready: () => boolean;
  /** When the first certificate of the served chain ends. */
  readonly certificateEnd: () => Date;
  readonly now: () => Date;
  readonly inFlight: () => number;
  /** Connections that were closed, or not taken, because there was no room for them. */
  readonly closedForRoom: () => number;
  readonly gaps: () => number;
  /** Times are milliseconds since 1970. */
  readonly resources: () => readonly ResourceFreshness[];
  /** How many governed namespaces are covered in which way, counted by the audit. */
  readonly namespaces: () => readonly NamespaceCount[];
  /** What the audit has found; nothing where another replica audits. */
  readonly auditFindings: () => readonly AuditFindingCount[];
  /** How long ago each part of the audit was last finished; nothing where another replica audits. */
  readonly auditAges: () => readonly AuditAge[];
  /** Pods that the audit last judged; undefined where it has judged none yet, or another replica audits. */
  readonly auditedPods: () => number | undefined;
  /** What the verdicts are used for. */
  readonly stage?: string;
  /** What is known of the webhook configurations by which this replica is asked; nothing where it follows none. */
  readonly configurations?: () => readonly ConfigurationStatus[];
}

/** One webhook configuration of our own, as it stands in the cluster. */
export interface ConfigurationStatus {
  readonly kind: 'validating' | 'mutating';
  /** It exists. */
  readonly present: boolean;
  /** Its `caBundle` trusts what is served. */
  readonly trusted: boolean;
  /** Its webhooks are as the chart wrote them; undefined where that is not known. */
  readonly unchanged: boolean | undefined;
}

export interface AuditFindingCount {
  readonly rule: string;
  readonly action: 'deny' | 'warn' | 'waived';
  readonly count: number;
}

export interface AuditAge {
  readonly part: 'objects' | 'pods';
  readonly seconds: number;
}

export interface ResourceFreshness {
  readonly resource: string;
  readonly synced: boolean;
  readonly objects: number;
  readonly lastContactAt: number | undefined;
}

export interface NamespaceCount {
  readonly direction: 'ingress' | 'egress';
  readonly coverage: 'closed' | 'open' | 'unknown';
  readonly count: number;
}

export type ConfirmationOutcome = 'confirmed' | 'changed' | 'failed';

export interface Metrics {
  readonly observe: ReviewObserver;
  /** Counts an answer that was looked at twice: the direct read confirmed it, changed it, or could not be made. */
  readonly countConfirmation: (outcome: ConfirmationOutcome) => void;
  /** Counts Kubernetes Events: written, dropped since too many were waiting, or not taken by the API server. */
  readonly countEvent: (outcome: 'written' | 'dropped' | 'failed') => void;
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
  const failedReads = new Counter({
    name: 'tollgate_audit_failed_reads_total',
    help: 'Reads of pods for the audit that failed and are tried again.',
    registers,
  });
  const handshakes = new Counter({
    name: 'tollgate_tls_connections_total',
    help: 'TLS connections to the port of the webhooks, by version.',
    labelNames: ['version'] as const,
    registers,
  });
  const failedHandshakes = new Counter({
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
  for (const version of ['TLSv1.2', 'TLSv1.3']) handshakes.inc({ version }, 0);
  for (const reason of ['untrusted', 'version', 'cipher', 'timeout', 'other'])
    failedHandshakes.inc({ reason }, 0);
  for (const outcome of ['confirmed', 'changed', 'failed']) confirmations.inc({ outcome }, 0);
  for (const outcome of ['written', 'dropped', 'failed']) events.inc({ outcome }, 0);
  addClosedConnections(registers, sources);
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
      for (const finding of decision?.findings ?? [])
        findings.inc({
          webhook,
          rule: finding.rule,
          action: webhook === 'mutate' ? 'patch' : actionOf(finding),
        });
    },
    countConfirmation: (outcome) => confirmations.inc({ outcome }),
    countEvent: (outcome) => events.inc({ outcome }),
    countFailedRead: () => failedReads.inc(),
    countHandshake: (version) => handshakes.inc({ version }),
    countHandshakeFailure: (reason) => failedHandshakes.inc({ reason }),
    countTurnedAway: () => turnedAway.inc(),
    render: () => registry.metrics(),
    contentType: registry.contentType,
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

function addClosedConnections(registers: Registry[], { closedForRoom }: MetricsSources): Counter {
  return new Counter({
    name: 'tollgate_connections_closed_for_room_total',
    help: 'Connections that were closed, or not taken, because there was no room for them.',
    registers,
    collect() {
      this.reset();
      this.inc(closedForRoom());
    },
  });
}

function addGauges(registers: Registry[], sources: MetricsSources): void {
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  new Gauge({ name: 'tollgate_build_info', help: 'Always 1.', labelNames: ['version'], registers }).set(
    { version: sources.version },
    1,
  );
  gauge('tollgate_ready', 'Whether this replica wants reviews.', () => (sources.ready() ? 1 : 0));
  gauge('tollgate_reviews_in_flight', 'Reviews that are being worked on.', sources.inFlight);
  gauge('tollgate_heap_used_bytes', 'Memory of the heap in use.', () => getHeapStatistics().used_heap_size);
  gauge(
    'tollgate_heap_limit_bytes',
    'Memory that the heap may take; the process ends above it.',
    () => getHeapStatistics().heap_size_limit,
  );
  if (sources.stage !== undefined)
    new Gauge({
      name: 'tollgate_stage',
      help: 'Always 1, for the stage.',
      labelNames: ['stage'],
      registers,
    }).set({ stage: sources.stage }, 1);
  const { configurations } = sources;
  if (configurations)
    counted(
      registers,
      'tollgate_webhook_configuration',
      'Whether a webhook configuration of our own is present, trusts what is served, and is unchanged since the chart wrote it.',
      ['kind', 'check'],
      () =>
        configurations().flatMap(({ kind, ...checks }) =>
          (['present', 'trusted', 'unchanged'] as const).flatMap((check) =>
            checks[check] === undefined ? [] : [[{ kind, check }, Number(checks[check])] as const],
          ),
        ),
    );
  gauge('tollgate_view_gaps', 'Parts of the cluster that are not known or out of date.', sources.gaps);
  gauge(
    'tollgate_certificate_days',
    'Days until the serving certificate or its authority ends.',
    () => (sources.certificateEnd().getTime() - sources.now().getTime()) / 86_400_000,
  );
  const byResource = (
    name: string,
    help: string,
    value: (resource: ResourceFreshness) => number | undefined,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: ['resource'],
      registers,
      collect() {
        this.reset();
        for (const one of sources.resources()) {
          const number = value(one);
          if (number !== undefined) this.set({ resource: one.resource }, number);
        }
      },
    });
  byResource('tollgate_view_synced', 'Whether a collection has been read as a whole.', ({ synced }) =>
    synced ? 1 : 0,
  );
  byResource('tollgate_view_objects', 'Objects of a collection that are known.', ({ objects }) => objects);
  byResource(
    'tollgate_view_age_seconds',
    'Seconds since the API server was last heard on a collection.',
    ({ lastContactAt }) =>
      lastContactAt === undefined ? undefined : Math.max(0, (sources.now().getTime() - lastContactAt) / 1000),
  );
  counted(
    registers,
    'tollgate_namespaces',
    'Governed namespaces, by whether a default-deny covers them.',
    ['direction', 'coverage'],
    () => sources.namespaces().map(({ count, ...labels }) => [labels, count]),
  );
  counted(
    registers,
    'tollgate_audit_findings',
    'Findings of the last audit over what exists, by what admission would do about them.',
    ['rule', 'action'],
    () => sources.auditFindings().map(({ rule, action, count }) => [{ rule, action }, count]),
  );
  counted(
    registers,
    'tollgate_audit_age_seconds',
    'Seconds since a part of the audit was last finished, or begun to be.',
    ['part'],
    () => sources.auditAges().map(({ part, seconds }) => [{ part }, seconds]),
  );
  counted(
    registers,
    'tollgate_audit_pods',
    'Pods of governed namespaces that the audit last judged.',
    [],
    () => {
      const pods = sources.auditedPods();
      return pods === undefined ? [] : [[{}, pods]];
    },
  );
}

/** A gauge of what only the replica that audits can count: elsewhere it has no value. */
function counted<Label extends string>(
  registers: Registry[],
  name: string,
  help: string,
  labelNames: readonly Label[],
  values: () => readonly (readonly [Partial<Record<Label, string>>, number])[],
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labelNames],
    registers: [],
    collect() {
      this.reset();
      // Without labels a gauge is 0 until it is told otherwise.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of values()) this.set(labels, value);
    },
  });
  for (const registry of registers) registry.registerMetric(gauge);
}
