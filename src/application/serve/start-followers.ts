import type { ServedCertificates } from './certificates/choose-certificates.ts';
import type { Ground } from './connect.ts';
import type { HeldConventions } from './conventions/hold-conventions.ts';
import type { ViewAudit } from './audit/audit-view.ts';
import type { Replicas } from './replicas/meet-replicas.ts';
import { startOrFail } from './start-step.ts';
import type { TakenView } from './view/take-view.ts';

/** What later stages rest on. */
export interface Followers {
  readonly replicas: Replicas;
  readonly conventions: HeldConventions;
  readonly certificates: ServedCertificates;
  readonly view: TakenView;
  readonly audit: ViewAudit;
}

/**
 * Starts what a server needs before it can be put together: the Leases, the conventions, and the certificates, which
 * are waited for. The view, the Events and the audit start last of all, but end after everything that tells them something.
 * @throws TollgateError where there are no certificates to serve
 */
export async function startFollowers({ started }: Ground, followers: Followers): Promise<void> {
  const { replicas, conventions, certificates, view, audit } = followers;
  const { lease, takeAways } = replicas;
  if (view.live) started.defer(view.live.close);
  if (audit.events) started.defer(audit.events.close);
  if (audit.reports) started.defer(audit.reports.close);
  if (lease) started.defer(lease.close);
  started.defer(certificates.close);
  started.defer(conventions.inForce.close);
  if (takeAways) started.defer(takeAways.text.close);
  lease?.start();
  takeAways?.text.start();
  conventions.inForce.start();
  await startOrFail(certificates.source, certificates.failure);
}
