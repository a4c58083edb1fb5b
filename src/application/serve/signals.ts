import type { KubernetesObject } from '../../kubernetes/object.ts';
import type { WaiverCounts } from '../../conventions/waiver/waiver-count.ts';
import type { EventOutcome } from '../../cluster/event-writer.ts';
import type { ReportOutcome } from '../../cluster/reports/report-writer.ts';
import type { HandshakeFailure, TlsVersion } from '../../server/connections/serving-tls.ts';
import type { ConfirmationOutcome } from '../../server/review/reviewer.ts';
import type { ReviewRecord } from '../../server/review/review-record.ts';

/** Something that happens again and again, and those who have to know: whichever of both is made first. */
export interface Signal<News = void> {
  readonly tell: (news: News) => void;
  readonly listen: (listener: (news: News) => void) => void;
}

/** A question that is asked by parts that are made before the one that knows. */
export interface Question<Answer> {
  /** Undefined until somebody can answer. */
  readonly ask: () => Answer | undefined;
  readonly answerWith: (answer: () => Answer | undefined) => void;
}

/** What the parts of the server tell each other, so that none has to be made before another for that alone. */
export interface Signals {
  /** This replica leads, or no longer does. */
  readonly leadership: Signal;
  /** Other conventions have come into force. */
  readonly conventions: Signal;
  /** The view of the cluster has changed. */
  readonly view: Signal;
  /** The view has lost an object. */
  readonly gone: Signal<KubernetesObject>;
  /** An audit has ended. */
  readonly audited: Signal;
  /** Pods could not be read for the audit. */
  readonly failedRead: Signal;
  readonly event: Signal<EventOutcome>;
  /** A report of the audit was written or removed, or could not be. */
  readonly report: Signal<ReportOutcome>;
  readonly review: Signal<ReviewRecord>;
  readonly confirmation: Signal<ConfirmationOutcome>;
  /** A TLS connection to the port of the webhooks. */
  readonly handshake: Signal<TlsVersion>;
  readonly handshakeFailure: Signal<HandshakeFailure>;
  /** A client may not ask for reviews. */
  readonly turnedAway: Signal;
  /** What each waiver covers, once that has been counted. */
  readonly waived: Question<WaiverCounts>;
}

export function createSignals(): Signals {
  return {
    leadership: createSignal(),
    conventions: createSignal(),
    view: createSignal(),
    gone: createSignal(),
    audited: createSignal(),
    failedRead: createSignal(),
    event: createSignal(),
    report: createSignal(),
    review: createSignal(),
    confirmation: createSignal(),
    handshake: createSignal(),
    handshakeFailure: createSignal(),
    turnedAway: createSignal(),
    waived: createQuestion(),
  };
}

function createSignal<News>(): Signal<News> {
  const listeners: ((news: News) => void)[] = [];
  return {
    tell: (news) => {
      for (const listener of listeners) listener(news);
    },
    listen: (listener) => void listeners.push(listener),
  };
}

function createQuestion<Answer>(): Question<Answer> {
  let known: () => Answer | undefined = () => undefined;
  return {
    ask: () => known(),
    answerWith: (answer) => {
      known = answer;
    },
  };
}
