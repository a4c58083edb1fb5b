import type { Change } from '../../inventory/inventory-store.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { createReflector, type Reflector } from '../follow/reflector.ts';
import type { Schedule } from '../pace/schedule.ts';
import type { WatchedResource } from './resources.ts';

/** A collection that is followed; where it is served and what is kept of it may change while it is. */
export interface Followed {
  readonly resource: WatchedResource;
  readonly path: string;
  readonly reflector: Reflector;
}

export interface FollowedOptions {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  /** Whether a list may be asked for as a stream. */
  readonly streams: (resource: WatchedResource) => boolean;
  readonly onChange: (change: Change) => void;
  /** Told of each new state of a collection. */
  readonly onStatus: (reflector: Reflector) => void;
}

interface Kept extends Followed {
  resource: WatchedResource;
  path: string;
}

/** The collections of a cluster that are followed, by id. */
export interface FollowedCollections extends Iterable<readonly [string, Followed]> {
  readonly get: (id: string) => Followed | undefined;
  /** @param path undefined where discovery does not list it */
  readonly follow: (id: string, resource: WatchedResource, path: string | undefined) => void;
  readonly unfollow: (id: string) => void;
  /** Lets no collection wait any longer for an API server that answers again. */
  readonly retry: () => void;
  /** Resolves when every reflector has ended. */
  readonly close: () => Promise<void>;
}

export function createFollowedCollections(options: FollowedOptions): FollowedCollections {
  const followed = new Map<string, Kept>();
  let ended: Promise<unknown> = Promise.resolve();

  const begin = (id: string, resource: WatchedResource, path: string) => {
    const { connection, schedule, streams, onChange, onStatus } = options;
    const begun: Kept = {
      resource,
      path,
      reflector: createReflector({
        connection,
        schedule,
        path: () => begun.path,
        ...(resource.query ? { query: resource.query } : {}),
        optional: resource.version === undefined,
        streams: streams(resource),
        project: (object) => begun.resource.project(object),
        onChange: (change) => {
          if (followed.get(id) === begun) onChange(change);
        },
        onStatus: () => onStatus(begun.reflector),
      }),
    };
    followed.set(id, begun);
    begun.reflector.start();
  };
  const unfollow = (id: string) => {
    const known = followed.get(id);
    followed.delete(id);
    ended = Promise.all([ended, known?.reflector.close()]);
  };
  return {
    [Symbol.iterator]: () => followed[Symbol.iterator](),
    get: (id) => followed.get(id),
    follow: (id, resource, path) => {
      const known = followed.get(id);
      if (!known) {
        if (path !== undefined) begin(id, resource, path);
        return;
      }
      // Only an answer of the collection itself says that it is gone; discovery may miss what is there.
      if (path === undefined) {
        if (known.reflector.status().absent) unfollow(id);
        else known.reflector.relist();
        return;
      }
      if (path === known.path && resource.project === known.resource.project) return;
      known.path = path;
      known.resource = resource;
      known.reflector.relist();
    },
    unfollow,
    retry: () => {
      for (const { reflector } of followed.values()) reflector.retry();
    },
    close: async () => {
      for (const id of followed.keys()) unfollow(id);
      await ended;
    },
  };
}
