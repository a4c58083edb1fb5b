import { pino, type Logger } from 'pino';
import type { ApiConnection } from '../../cluster/connection/api-connection.ts';
import { connectFromPod } from '../../cluster/connection/pod-connection.ts';
import { createSchedule, type Schedule } from '../../cluster/pace/schedule.ts';
import type { ServeOptions, Surroundings } from './options.ts';
import { createSignals, type Signals } from './signals.ts';

/** What every stage builds on. */
export interface Ground extends Surroundings {
  readonly options: ServeOptions;
  /** Undefined where manifests stand for a cluster. */
  readonly connection: ApiConnection | undefined;
  readonly schedule: Schedule;
  readonly signals: Signals;
  readonly log: Logger;
  readonly now: () => Date;
  /** Ends what has been started, the last thing first: with the server, or when a later stage fails. */
  readonly started: AsyncDisposableStack;
}

/** Connects to the cluster, where the options name one. @throws TollgateError where it cannot be found */
export async function connect(
  options: ServeOptions,
  surroundings: Surroundings,
  started: AsyncDisposableStack,
): Promise<Ground> {
  const { log = pino({ level: 'silent' }), now = () => new Date() } = options;
  const connection = options.manifests ? undefined : await connectTo(options.kubeconfig, surroundings);
  if (connection) started.defer(connection.close);
  const schedule = createSchedule();
  return { ...surroundings, options, connection, schedule, signals: createSignals(), log, now, started };
}

/** The cluster of a kubeconfig file, or of the pod. Only a named file loads the library that reads it. */
async function connectTo(
  kubeconfig: string | undefined,
  { environment }: Surroundings,
): Promise<ApiConnection> {
  const userAgent = 'tollgate';
  if (kubeconfig !== undefined) {
    const { connect: connectWith } = await import('../../cluster/connection.ts');
    return connectWith({ kubeconfig, userAgent });
  }
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  return connectFromPod({ host, port, userAgent, now: () => performance.now() });
}
