import type { Test } from 'tap';
import { createApiConnection } from '../../src/cluster/connection/api-connection.ts';
import { createReflector, type ReflectorOptions } from '../../src/cluster/follow/reflector.ts';
import type { KubernetesObject } from '../../src/kubernetes/object.ts';
import { createFakeApiServer, type FakeApiServer } from './fake-api-server.ts';
import { createManualSchedule, type ManualSchedule } from './manual-schedule.ts';

/** What the fake API server serves. */
export const tiers = { group: 'example.dev', version: 'v1', resource: 'tiers', kind: 'Tier' };
export const path = '/apis/example.dev/v1/tiers';

export function tier(name: string, order = 1): KubernetesObject {
  return { apiVersion: 'example.dev/v1', kind: 'Tier', metadata: { name }, spec: { order } };
}

/** A reflector under test, and what somebody believes who only hears of its changes. */
export interface Followed {
  readonly api: FakeApiServer;
  readonly schedule: ManualSchedule;
  readonly reflector: ReturnType<typeof createReflector>;
  /** Name to version. */
  readonly copy: () => Readonly<Record<string, string>>;
  /** The changes told so far. */
  readonly changes: readonly { put: number; remove: number }[];
  readonly problems: readonly string[];
  /** Resolves when the copy is what the API server has. */
  readonly settled: () => Promise<void>;
  readonly until: (condition: () => boolean) => Promise<void>;
}

type FollowOptions = Partial<ReflectorOptions> & {
  /** What every throw of the dice gives: 0 makes the shortest pauses. */
  readonly chance?: number;
};

/** A reflector that follows three tiers of a fake API server, with its first watch open. */
export async function follow(t: Test, options: FollowOptions = {}): Promise<Followed> {
  const api = await createFakeApiServer();
  api.serve(tiers);
  api.put(tier('a'), tier('b'), tier('c'));
  const followed = await watchIt(t, api, options);
  await followed.settled();
  await api.watching(path);
  return followed;
}

/** A reflector that begins to follow what a fake API server has. */
export async function watchIt(
  t: Test,
  api: FakeApiServer,
  { chance = 0, ...options }: FollowOptions = {},
): Promise<Followed> {
  const schedule = createManualSchedule(chance);
  const connection = createApiConnection({
    server: api.url,
    userAgent: 'test',
    credentials: async () => ({ headers: {}, tls: {} }),
  });
  const believed = new Map<string, string>();
  const changes: { put: number; remove: number }[] = [];
  const problems: string[] = [];
  const waiting = new Set<() => void>();
  const moved = () => {
    for (const look of waiting) look();
  };
  const reflector = createReflector({
    connection,
    path: () => path,
    project: (object) => object,
    schedule,
    ...options,
    onChange: (change) => {
      options.onChange?.(change);
      for (const { metadata } of change.put ?? [])
        believed.set(metadata.name ?? '', metadata.resourceVersion ?? '');
      for (const { name } of change.remove ?? []) believed.delete(name);
      changes.push({ put: change.put?.length ?? 0, remove: change.remove?.length ?? 0 });
      moved();
    },
    onStatus: () => {
      const { problem } = reflector.status();
      if (problem) problems.push(problem);
      moved();
      options.onStatus?.();
    },
  });
  const until = async (condition: () => boolean) => {
    if (condition()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) resolve();
    };
    waiting.add(look);
    await promise;
    waiting.delete(look);
  };
  const copy = () => sorted(Object.fromEntries(believed));
  const same = () => JSON.stringify(copy()) === JSON.stringify(sorted(api.stored()));
  t.teardown(async () => {
    await reflector.close();
    connection.close();
    await api.close();
  });
  reflector.start();
  return { api, schedule, reflector, copy, changes, problems, until, settled: () => until(same) };
}

function sorted(versions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1)));
}
