import type { Reflector } from './follow/reflector.ts';
import type { WatchedResource } from './resources.ts';

/** A collection that is followed; where it is served and what is kept of it may change while it is. */
export interface Followed {
  resource: WatchedResource;
  path: string;
  readonly reflector: Reflector;
}
