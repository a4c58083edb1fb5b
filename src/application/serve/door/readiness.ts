import type { CertificateSource } from '../../../certificates/source.ts';
import type { ClusterView } from '../../../cluster/view/cluster-view.ts';
import type { Readiness, ReadinessCheck } from '../../../server/probes.ts';
import type { OwnCertificateSource } from '../certificates/own-certificates.ts';

/** What reviews need: a certificate that is trusted, and a picture of the cluster that was whole once. */
export function readinessOf(
  view: ClusterView | undefined,
  certificates: CertificateSource | OwnCertificateSource,
  more: readonly ReadinessCheck[] = [],
): Readiness {
  const resources = view?.resources() ?? [];
  const checks = [
    certificateCheck(certificates),
    ...(view
      ? [{ name: 'view', ok: view.synced(), detail: `Calico: ${view.calico()?.api ?? 'not known yet'}` }]
      : []),
    ...resources.map(({ resource, synced, absent, objects, problem: why }) => ({
      name: resource,
      ok: synced,
      detail: why ?? (absent ? 'not served' : `${objects} objects`),
    })),
    ...more,
  ];
  return { ready: checks.every(({ ok, harmless }) => ok || harmless), checks };
}

function certificateCheck(certificates: CertificateSource | OwnCertificateSource): ReadinessCheck {
  const isTrusted = !('isTrusted' in certificates) || certificates.isTrusted();
  const end = `ends ${certificates.current().end.toISOString().slice(0, 10)}`;
  const why = isTrusted ? end : 'the webhook configurations do not trust it yet';
  return { name: 'certificate', ok: isTrusted, detail: certificates.problem() ?? why };
}
