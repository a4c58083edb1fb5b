import type { Readiness } from '../../../server/probes.ts';
import type { Ground } from '../connect.ts';
import { startOrFail } from '../start-step.ts';
import type { Followers } from '../start-followers.ts';
import { clientCheck, clientsOf, reportOpenDoor, type KnownClients } from './clients.ts';
import { readinessOf } from './readiness.ts';

/** Who may ask for reviews, and whether they can be answered. */
export interface Door {
  /** Undefined where everybody may ask. */
  readonly clients: KnownClients | undefined;
  readonly readiness: () => Readiness;
}

/** Starts to follow the authorities of clients. @throws TollgateError where they cannot be read */
export async function openDoor(
  { options, started, log }: Ground,
  { replicas, conventions, certificates, view }: Followers,
): Promise<Door> {
  const { live } = view;
  const { takeAways } = replicas;
  const readiness = () =>
    readinessOf(live, certificates.source, [
      view.calico(),
      ...(live ? [conventions.linkerd.check(), clientCheck(options)] : []),
      ...conventions.inForce.checks(),
      ...(takeAways ? [takeAways.check()] : []),
    ]);
  const clients = clientsOf(options, log);
  if (live) reportOpenDoor(options, log);
  if (clients) {
    started.defer(clients.authorities.close);
    await startOrFail(clients.authorities, 'ERR_CLIENT_AUTHORITIES');
  }
  return { clients, readiness };
}
