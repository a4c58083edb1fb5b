import type { CertificateSource } from '../../../certificates/source.ts';
import type { FailureCode } from '../../../errors.ts';
import type { Ground } from '../connect.ts';
import type { Replicas } from '../replicas/meet-replicas.ts';
import { certificatesOf } from './certificate-files.ts';
import { composeOwnCertificates, type OwnCertificateSource } from './own-certificates.ts';

/** The certificates that are served, and how they end. */
export interface ServedCertificates {
  readonly source: CertificateSource | OwnCertificateSource;
  /** What it is called where they cannot be had. */
  readonly failure: Extract<FailureCode, 'ERR_CERTIFICATE' | 'ERR_OWN_CERTIFICATE'>;
  readonly close: () => void | Promise<void>;
}

/** Certificates of a Secret that the replicas keep, of files, or made at start. */
export function chooseCertificates(ground: Ground, { leads }: Replicas): ServedCertificates {
  const { options, connection, schedule, signals, log } = ground;
  const { ownCertificates, namespace } = options;
  if (connection && ownCertificates && namespace !== undefined) {
    const own = composeOwnCertificates(ownCertificates, { connection, schedule, namespace, leads }, log);
    signals.leadership.listen(own.wake);
    return { source: own, failure: 'ERR_OWN_CERTIFICATE', close: own.end };
  }
  const source = certificatesOf(options, log);
  return { source, failure: 'ERR_CERTIFICATE', close: source.close };
}
