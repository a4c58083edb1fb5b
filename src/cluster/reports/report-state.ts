import { hash } from 'node:crypto';
import type { KubernetesObject, StringMap } from '../../kubernetes/object.ts';
import { type Fields, record, records, text } from '../../kubernetes/read.ts';

/** What is remembered of a report as it stands in the cluster. */
export interface StandingReport {
  /** The version that an update has to be of. */
  readonly version: string;
  /** Equal where nothing would change by writing it. */
  readonly content: string;
  /** When each result was first reported, by its id. */
  readonly times: ReadonlyMap<string, unknown>;
}

/**
 * What there is to remember of a report that was read or written.
 * @param stored what the API server has made of it
 */
export function standingReport(object: KubernetesObject, stored: unknown = object): StandingReport {
  return {
    version: text(record(record(stored).metadata).resourceVersion),
    content: contentOf(object),
    times: new Map(records(object['results']).map((result) => [idOf(result), result.timestamp])),
  };
}

/** A report with the times of the results that it has had before: a time is when something was found first. */
export function withFirstTimes(
  object: KubernetesObject,
  standing: StandingReport | undefined,
): KubernetesObject {
  const results = records(object['results']).map((result) => ({
    ...result,
    timestamp: standing?.times.get(idOf(result)) ?? result.timestamp,
  }));
  return { ...object, results };
}

/** Whether an object has all of these labels, so that it is one of ours. */
export function hasLabels({ metadata }: KubernetesObject, labels: StringMap): boolean {
  return Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
}

/** Stands for all of a report that we write, but for the times: in the order of our fields, whoever tells of it. */
export function contentOf(object: KubernetesObject): string {
  const { labels, annotations } = object.metadata;
  const results = records(object['results']).map(
    ({ source, policy, category, severity, result, scored, message, resources, properties }) => [
      [source, policy, category, severity, result, scored, message],
      records(resources).map(({ apiVersion, kind, namespace, name, uid }) => [
        apiVersion,
        kind,
        namespace,
        name,
        uid,
      ]),
      inOrder(Object.entries(record(properties))),
    ],
  );
  const { pass, fail, warn, error, skip } = record(object['summary']);
  const head = [ownOf(labels), ownOf(annotations), object['source'], pass, fail, warn, error, skip];
  return hash('sha256', JSON.stringify([head, results]));
}

/** Others may add labels and annotations, which is no reason to write. */
function ownOf(map: StringMap | undefined): readonly unknown[] {
  return inOrder(Object.entries(map ?? {}).filter(([key]) => ownKeys.test(key)));
}

function inOrder(entries: readonly (readonly [string, unknown])[]): readonly unknown[] {
  return entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
}

const ownKeys = /^(?:tollgate\.dev|app\.kubernetes\.io)\//;

function idOf({ properties }: Fields): string {
  return text(record(properties).resultID);
}
