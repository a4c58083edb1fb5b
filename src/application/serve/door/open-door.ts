import type { Readiness } from '../../../server/probes.ts';
import type { Ground } from '../connect.ts';
import { startOrFail } from '../start-step.ts';
import type { Followers } from '../start-followers.ts';
import { clientCheck, clientsOf, reportOpenDoor, type KnownClients } from './clients.ts';
import { composeConfigurations, type ConfigurationsInForce } from './configurations.ts';
import { readinessOf } from './readiness.ts';

/** Who may ask for reviews, and whether they can be answered. */
export interface Door {
  /** Undefined where everybody may ask. */
  readonly clients: KnownClients | undefined;
  readonly readiness: () => Readiness;
  /** The webhook configurations by which the API server asks; undefined where none is named. */
  readonly configurations: ConfigurationsInForce | undefined;
}

/** Starts to follow the authorities of clients. @throws TollgateError where they cannot be read */
export async function openDoor(
  { options, connection, schedule, started, log }: Ground,
  { replicas, conventions, certificates, view }: Followers,
): Promise<Door> {
  const { live } = view;
  const { takeAways } = replicas;
  const { configuration: name, stage = 'enforce' } = options;
  const configurations =
    connection && name !== undefined
      ? composeConfigurations({ connection, schedule, name, stage, certificates: certificates.source }, log)
      : undefined;
  if (configurations) {
    started.defer(configurations.close);
    configurations.start();
  }
  const readiness = () =>
    readinessOf(live, certificates.source, [
      view.calico(),
      ...(live ? [conventions.linkerd.check(), clientCheck(options)] : []),
      ...conventions.inForce.checks(),
      ...(takeAways ? [takeAways.check()] : []),
      ...(configurations ? [configurations.check()] : []),
    ]);
  const clients = clientsOf(options, log);
  if (live) reportOpenDoor(options, log);
  if (clients) {
    started.defer(clients.authorities.close);
    await startOrFail(clients.authorities, 'ERR_CLIENT_AUTHORITIES');
  }
  return { clients, readiness, configurations };
}
