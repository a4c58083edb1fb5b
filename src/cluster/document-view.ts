import type { KubernetesObject } from '../kubernetes/object.ts';
import type { ApiConnection } from './connection/api-connection.ts';
import { createReflector } from './follow/reflector.ts';
import type { Schedule } from './pace/schedule.ts';

export interface DocumentViewOptions {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  /** Told when something has come, changed or gone, or when all has been read. */
  readonly onChange: () => void;
}

/** The ConventionPolicy and Waiver objects of a cluster. */
export interface DocumentView {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** All of them have been read at least once. */
  readonly synced: () => boolean;
  readonly documents: () => readonly KubernetesObject[];
  /** Why they are not known as they are now. */
  readonly problem: () => string | undefined;
  /** Writes the status of one, and nothing else of it. @throws ApiError */
  readonly writeStatus: (document: KubernetesObject, status: object, signal: AbortSignal) => Promise<void>;
}

const collections = {
  ConventionPolicy: '/apis/tollgate.dev/v1alpha1/conventionpolicies',
  Waiver: '/apis/tollgate.dev/v1alpha1/waivers',
} as const;

export function createDocumentView({ connection, schedule, onChange }: DocumentViewOptions): DocumentView {
  const reflectors = Object.values(collections).map((path) =>
    createReflector({
      connection,
      schedule,
      path: () => path,
      project: ({ metadata: { managedFields: _managedFields, ...metadata }, ...object }) => ({
        ...object,
        metadata,
      }),
      onChange: () => void setImmediate(onChange), // the copy has it only then
      onStatus: onChange,
    }),
  );
  return {
    start: () => {
      for (const reflector of reflectors) reflector.start();
    },
    close: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.close()));
    },
    synced: () => reflectors.every((reflector) => reflector.status().synced),
    documents: () => reflectors.flatMap((reflector) => [...reflector.objects()]),
    problem: () =>
      Object.keys(collections)
        .map((kind, index) => inWords(kind, reflectors[index]?.status().problem))
        .find((problem) => problem !== undefined),
    writeStatus: async ({ kind, metadata: { name = '', resourceVersion } }, status, signal) => {
      const collection = kind === 'Waiver' ? collections.Waiver : collections.ConventionPolicy;
      const value = { metadata: { resourceVersion }, status };
      const body = { type: 'application/merge-patch+json', value };
      await connection.json('PATCH', `${collection}/${encodeURIComponent(name)}/status`, { body, signal });
    },
  };
}

/** A collection that is not served has no object, but whoever chose the cluster as the source meant it to have some. */
function inWords(kind: string, problem: string | undefined): string | undefined {
  if (problem === undefined || !/HTTP status 404|could not find the requested resource/.test(problem))
    return problem;
  return `the cluster has no kind ${kind} (tollgate.dev/v1alpha1): install the CustomResourceDefinitions (crds.install=true), or choose another conventions.source`;
}
