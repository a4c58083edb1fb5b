import { hostname } from 'node:os';
import {
  diag,
  DiagLogLevel,
  type HrTime,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { AdmissionRequest } from '../../kubernetes/admission-review.ts';
import { cut } from '../../text/cut.ts';
import type { ReviewObserver, ReviewRecord } from '../review/review-record.ts';
import type { ReviewStep, StepObserver } from '../review/review-step.ts';

/** Where traces go, and how many. */
export interface TracingChoice {
  /** Address of a collector that takes OTLP over HTTP; without a path it is asked at `/v1/traces`. */
  readonly endpoint: string;
  /** The part of reviews that is traced, from 0 to 1. */
  readonly sampleRatio: number;
}

/** What makes spans of reviews. */
export interface Tracing {
  readonly observe: ReviewObserver;
  readonly step: StepObserver;
  /** Sends what is left, for so long as the exporter waits. */
  readonly close: () => Promise<void>;
}

/** Spans that wait to be sent; what comes beyond that is dropped, since a collector must never slow a review. */
const mostWaiting = 2_048;
const longestAttribute = 253;
/** How long the collector may take, in milliseconds. */
const patienceMs = 5_000;

/**
 * Makes a span of each review that is sampled, with a child for each of its steps, and sends them by OTLP over HTTP.
 * Spans are made once the verdict is there, and nobody waits for the collector. Loaded only where somebody has chosen it.
 *
 * @param options.version Of tollgate.
 * @param options.elapsed The clock of the reviews, in milliseconds since the process began.
 * @param options.onProblem Told of each new reason why spans cannot be sent.
 */
export function startTracing({
  choice: { endpoint, sampleRatio },
  version,
  elapsed,
  onProblem,
}: {
  readonly choice: TracingChoice;
  readonly version: string;
  readonly elapsed: () => number;
  readonly onProblem: (problem: string) => void;
}): Tracing {
  let said = '';
  const tell = (problem: string) => {
    if (problem !== said) onProblem(problem);
    said = problem;
  };
  const silent = () => {};
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({ url: addressOf(endpoint), timeoutMillis: patienceMs });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'tollgate',
      'service.version': version,
      'service.instance.id': hostname(),
    }),
    sampler: new TraceIdRatioBasedSampler(sampleRatio),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: mostWaiting, exportTimeoutMillis: patienceMs }),
    ],
  });
  const tracer = provider.getTracer('tollgate', version);
  /** Of reviews that are not answered yet; what is never answered goes with its request. */
  const steps = new WeakMap<AdmissionRequest, ReviewStep[]>();
  return {
    step: (request, step) => {
      const known = steps.get(request);
      if (known) known.push(step);
      else steps.set(request, [step]);
    },
    observe: (record) => {
      const { request, milliseconds, error } = record;
      const ended = elapsed();
      // One offset for all spans of a review: the SDK would take one for each, in whole milliseconds.
      const offset = Date.now() - ended;
      const at = (moment: number) => timeOf(offset + moment);
      const known = (request && steps.get(request)) ?? [];
      // It took so long until it was observed, which is a moment after that was measured.
      const begun = Math.min(ended - milliseconds, ...known.map((step) => step.begun));
      const span = tracer.startSpan(
        nameOf(record),
        { kind: SpanKind.SERVER, startTime: at(begun), attributes: attributesOf(record) },
        ROOT_CONTEXT,
      );
      if (span.isRecording()) {
        const within = trace.setSpan(ROOT_CONTEXT, span);
        for (const step of known)
          tracer.startSpan(step.name, { startTime: at(step.begun) }, within).end(at(step.ended));
      }
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : 'an error of its own';
        span.setStatus({ code: SpanStatusCode.ERROR, message: cut(message, longestAttribute) });
      }
      span.end(at(ended));
    },
    close: () => provider.shutdown().catch((error: unknown) => tell(String(error))),
  };
}

/** Milliseconds since 1970 in the form of OpenTelemetry: whole seconds, and nanoseconds besides. */
function timeOf(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.floor((milliseconds - seconds * 1000) * 1e6)];
}

/** `http://collector:4318` is asked as OTLP says; an address with a path is taken as it is. */
function addressOf(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}

function nameOf({ webhook, request }: ReviewRecord): string {
  return request ? `${webhook} ${request.operation} ${cut(request.kind.kind, 63)}` : webhook;
}

/** What a review was about and what became of it; the uid leads to the API server's audit log. Of the object the name alone. */
function attributesOf({ webhook, uid, request, decision, allowed, error }: ReviewRecord) {
  const { metadata } = request?.object ?? request?.oldObject ?? {};
  const name = metadata?.name ?? metadata?.generateName;
  const texts = {
    'tollgate.webhook': webhook,
    'tollgate.review.uid': uid,
    'tollgate.review.operation': request?.operation,
    'tollgate.review.group': request?.kind.group,
    'tollgate.review.kind': request?.kind.kind,
    'tollgate.review.namespace': request?.namespace,
    'tollgate.review.name': typeof name === 'string' ? name : undefined,
    'tollgate.verdict': verdictOf({ decision, allowed, error }),
    'tollgate.rules': [...new Set(decision?.findings.map(({ rule }) => rule))].join(','),
  };
  const given = Object.entries(texts).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return {
    ...Object.fromEntries(given.map(([key, text]) => [key, cut(text, longestAttribute)])),
    ...(request?.dryRun ? { 'tollgate.review.dry_run': true } : {}),
  };
}

function verdictOf({
  decision,
  allowed,
  error,
}: Pick<ReviewRecord, 'decision' | 'allowed' | 'error'>): string {
  if (error !== undefined || !decision) return 'failed';
  if (!allowed) return 'denied';
  if (decision.patch.length > 0) return 'patched';
  return decision.warnings.length > 0 ? 'warned' : 'allowed';
}
