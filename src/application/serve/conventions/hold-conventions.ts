import type { ConventionSet } from '../../../conventions/convention-set.ts';
import type { CalicoStatement } from '../../../inventory/calico-in-force.ts';
import type { Ground } from '../connect.ts';
import type { Replicas } from '../replicas/meet-replicas.ts';
import { conventionsOf } from './conventions-in-force.ts';
import type { ConventionsInForce } from './in-force.ts';
import { createLinkerdInForce, type LinkerdInForce } from './linkerd-in-force.ts';

/** The conventions that reviews and audits are held to. */
export interface HeldConventions {
  readonly inForce: ConventionsInForce;
  /** The Linkerd that is there, which counts more than what conventions say of it. */
  readonly linkerd: LinkerdInForce;
  readonly current: () => ConventionSet;
  /** What they say of Calico. */
  readonly calico: () => CalicoStatement;
}

/** What conventions say of Calico that say nothing: always the same object, by which it is known again. */
const nothingStated: CalicoStatement = {};

/** Finds the conventions and lets them follow their files or objects. @throws TollgateError where files are wrong */
export async function holdConventions(ground: Ground, { leads }: Replicas): Promise<HeldConventions> {
  const { options, connection, folder, schedule, signals, now, log } = ground;
  const inForce = await conventionsOf(
    options,
    {
      connection,
      folder,
      schedule,
      leads,
      findings: signals.waived.ask,
      now,
      onChange: signals.conventions.tell,
    },
    log,
  );
  if (inForce.wake) {
    signals.leadership.listen(inForce.wake);
    signals.audited.listen(inForce.wake);
  }
  const linkerd = createLinkerdInForce(inForce.current, log);
  const current = linkerd.conventions;
  return { inForce, linkerd, current, calico: () => current().clusterWide()?.calico ?? nothingStated };
}
