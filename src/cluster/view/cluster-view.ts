import { isDeepStrictEqual } from 'node:util';
import type { CalicoMode } from '../../calico/index.ts';
import type { Gap } from '../../inventory/inventory.ts';
import type { Change } from '../../inventory/inventory-store.ts';
import { referenceOf, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { messageOf } from '../connection/api-error.ts';
import { createBackoff } from '../pace/backoff.ts';
import { decideCalicoApi, type CalicoDecision } from './calico-mode.ts';
import { readScope, type Scope } from '../follow/fresh-read.ts';
import { createDiscovery, type Discovery, type ServedResources } from './discovery.ts';
import { createFollowedCollections, type FollowedCollections } from './followed.ts';
import { askedPause } from '../follow/recovery.ts';
import type { Reflector } from '../follow/reflector.ts';
import { gapsOf, notAllRead, turning, uncounted, type ResourceStatus } from './resource-status.ts';
import { idOf, optionalGroups, pathOf, watchedResources, type WatchedResource } from './resources.ts';
import { watched, type Schedule } from '../pace/schedule.ts';
import { hiddenPolicies } from './tier-visibility.ts';

export interface ClusterViewOptions {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  /** Where Linkerd's control plane may be: its ConfigMap `linkerd-config` is followed there. */
  readonly linkerdNamespaces: () => readonly string[];
  /** The mode in which the conventions say that Calico runs, asked whenever the cluster is looked at. */
  readonly statedMode: () => CalicoMode | undefined;
  /** Told of everything that comes, changes or goes, many objects at a time. */
  readonly onChange: (change: Change) => void;
  /** Told how Calico's policies are served, when that is first known and whenever it has changed. */
  readonly onCalico: (calico: CalicoDecision) => void;
  /** Told of the parts of the picture that are missing, whenever they have changed. */
  readonly onGaps: (gaps: readonly Gap[]) => void;
}

/** A copy of all that verdicts on a cluster rest on, kept up to date. */
export interface ClusterView {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  /** Everything there is has been read at least once; this stays true. */
  readonly synced: () => boolean;
  readonly resources: () => readonly ResourceStatus[];
  /** What is missing or out of date, and why. */
  readonly gaps: () => readonly Gap[];
  readonly calico: () => CalicoDecision | undefined;
  readonly objects: () => Iterable<KubernetesObject>;
  /**
   * Reads a part of the cluster directly, and tells how it differs from the copy, which stays as it is: the watch
   * brings the difference to it. What is not followed, or not served, differs in nothing.
   * @throws ApiError, UnreadableAnswer, or what the connection throws.
   */
  readonly read: (scope: Scope, signal: AbortSignal) => Promise<Change>;
}

/** How often it is asked what the cluster serves, so that new kinds are followed. */
const lookIntervalMs = 30_000;
const lookSilenceMs = 45_000;
/** The longest pause between looks that fail: in an outage this one request finds its end, and all others may wait longer. */
const longestBlindnessMs = 4_000;

export function createClusterView(options: ClusterViewOptions): ClusterView {
  const view = new LiveView(options);
  return {
    start: () => view.start(),
    close: () => view.close(),
    synced: () => view.synced,
    resources: () => view.resources(),
    gaps: () => view.gaps(),
    calico: () => view.calico,
    objects: () => view.objects(),
    read: (scope, signal) => view.read(scope, signal),
  };
}

class LiveView {
  synced = false;
  /** How the policies are served that the copy holds. */
  calico: CalicoDecision | undefined;
  readonly #options: ClusterViewOptions;
  readonly #discovery: Discovery;
  readonly #followed: FollowedCollections;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  /** Ends the pause before the next look. */
  #pausing = new AbortController();
  #served: ServedResources | undefined;
  /** How policies were found to be served last; the copy turns to it once it holds them all. */
  #found: CalicoDecision | undefined;
  #problem: string | undefined;
  #allRead = false;
  #hidden: readonly Gap[] | undefined;
  #toldGaps = '';

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const { connection, schedule, onChange } = options;
    this.#discovery = createDiscovery(connection, optionalGroups);
    this.#followed = createFollowedCollections({
      connection,
      schedule,
      streams: ({ group }) => this.#found?.api !== 'apiserver' || group !== 'projectcalico.org',
      onChange,
      onStatus: (reflector) => this.#hear(reflector),
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#pausing.abort();
    await this.#running;
    await this.#followed.close();
  }

  *objects(): Iterable<KubernetesObject> {
    for (const [, { reflector }] of this.#followed) yield* reflector.objects();
  }

  async read(scope: Scope, signal: AbortSignal): Promise<Change> {
    const followed = this.#followed.get(scope.resource);
    if (!followed || followed.reflector.status().absent) return {};
    const { path, resource, reflector } = followed;
    return readScope(
      this.#options.connection,
      { ...resource, path, objects: reflector.objects },
      scope,
      signal,
    );
  }

  resources(): ResourceStatus[] {
    return Array.from(this.#followed, ([resource, { reflector }]) => ({ resource, ...reflector.status() }));
  }

  gaps(): Gap[] {
    if (!this.#served)
      return [this.#problem === undefined ? notAllRead : { ...notAllRead, why: this.#problem }];
    const stale = this.#stale().map((what) => ({ what, why: 'the API server behind it does not answer' }));
    const turns = this.calico?.api === this.#found?.api ? [] : [turning];
    const unreliable = gapsOf(this.resources(), this.#options.schedule.now());
    const hidden = this.#hidden ?? (this.calico?.api === 'apiserver' ? [uncounted] : []);
    const doubt = this.#found?.doubt ? [this.#found.doubt] : [];
    return [...doubt, ...stale, ...turns, ...unreliable, ...hidden];
  }

  async #run(): Promise<void> {
    const { schedule } = this.#options;
    const backoff = createBackoff(schedule.random);
    const limits = {
      milliseconds: lookSilenceMs,
      reason: () => new Error(`the API server did not say within ${lookSilenceMs / 1000} s what it serves`),
      outer: this.#closing.signal,
    };
    while (!this.#closing.signal.aborted) {
      this.#pausing = new AbortController();
      let pause = lookIntervalMs;
      try {
        await watched(schedule, limits, (signal) => this.#look(signal));
        backoff.reset();
        if (this.#problem !== undefined) this.#followed.retry();
        this.#problem = undefined;
      } catch (error) {
        this.#problem = messageOf(error);
        pause = Math.max(Math.min(longestBlindnessMs, backoff.next()), askedPause(error));
      }
      if (this.#closing.signal.aborted) return;
      this.#settle();
      await schedule.pause(pause, this.#pausing.signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { connection, statedMode } = this.#options;
    const served = await this.#discovery.look(signal);
    const found = await decideCalicoApi(served, connection, statedMode(), signal);
    this.#served = served;
    this.#found = found;
    if (this.calico === undefined) this.#turnTo(found);
    for (const [id, resource] of this.#wanted())
      this.#followed.follow(id, resource, pathOf(resource, served));
    if (this.#allRead && this.calico?.api === 'apiserver') await this.#findHidden(signal);
    else this.#hidden = undefined;
  }

  /** The count is taken a little later than the copy, so a difference counts only if it stays. */
  async #findHidden(signal: AbortSignal): Promise<void> {
    const { connection, schedule } = this.#options;
    const shown = (resource: string) =>
      this.#followed.get(`${resource}.projectcalico.org`)?.reflector.status().objects ?? 0;
    let hidden = await hiddenPolicies(connection, shown, signal);
    for (let again = 0; hidden.length > 0 && again < 2; again += 1) {
      await schedule.pause(1000, signal);
      hidden = await hiddenPolicies(connection, shown, signal);
    }
    this.#hidden = hidden;
  }

  #wanted(): Map<string, WatchedResource> {
    const resources = watchedResources(this.#found?.api ?? 'absent', this.#options.linkerdNamespaces());
    return new Map(resources.map((resource) => [idOf(resource), resource]));
  }

  /** Takes in what a collection says of itself. */
  #hear({ status }: Reflector): void {
    const { absent, problem } = status();
    // What one of them has met may be the beginning of an outage.
    if (absent || (problem !== undefined && this.#problem === undefined)) this.#pausing.abort();
    if (problem === undefined) this.#followed.retry();
    this.#settle();
  }

  /** Draws the conclusions from what has become of the collections, and tells what is missing. */
  #settle(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#found) this.#conclude(this.#found);
    const gaps = this.gaps();
    const told = JSON.stringify(gaps);
    if (told === this.#toldGaps) return;
    this.#toldGaps = told;
    this.#options.onGaps(gaps);
  }

  #conclude(found: CalicoDecision): void {
    const wanted = this.#wanted();
    const allRead = [...this.#followed].every(
      ([id, { reflector }]) => !wanted.has(id) || reflector.status().synced,
    );
    if (allRead) this.#drop(wanted);
    if (allRead && !isDeepStrictEqual(this.calico, found)) this.#turnTo(found);
    // Whether something is hidden can be told only now, so the next look comes at once.
    if (allRead && !this.#allRead && this.calico?.api === 'apiserver') this.#pausing.abort();
    this.#allRead = allRead;
    const isCounted = this.calico?.api !== 'apiserver' || this.#hidden !== undefined;
    this.synced ||= allRead && isCounted && this.#stale().length === 0;
  }

  #drop(wanted: ReadonlyMap<string, WatchedResource>): void {
    for (const [id, { reflector }] of this.#followed) {
      if (wanted.has(id)) continue;
      this.#followed.unfollow(id);
      this.#options.onChange({ remove: [...reflector.objects()].map((object) => referenceOf(object)) });
    }
  }

  #turnTo(calico: CalicoDecision): void {
    this.calico = calico;
    this.#options.onCalico(calico);
  }

  #stale(): string[] {
    const groups = new Set([...this.#wanted().values()].map(({ group }) => group));
    return (this.#served?.stale ?? []).filter((groupVersion) => groups.has(groupVersion.split('/')[0] ?? ''));
  }
}
