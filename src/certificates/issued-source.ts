import { issueAuthority, issueServing } from './issue.ts';
import { readServingCertificate } from './serving-certificate.ts';
import type { CertificateSource, ServingCertificate } from './source.ts';

export interface IssuedSourceOptions {
  /** DNS names and IP addresses under which the server is called. */
  readonly hosts: readonly string[];
  readonly now: () => Date;
}

const days = 90;

/**
 * Serves a certificate made at start by an authority of its own, kept in memory alone: for demos, tests and CI,
 * where the client can be handed the authority.
 */
export function createIssuedSource({ hosts, now }: IssuedSourceOptions): CertificateSource {
  let current: ServingCertificate | undefined;
  return {
    start: async () => {
      const authority = await issueAuthority({ now: now(), days });
      const { certificate, key } = await issueServing({ authority, hosts, now: now(), days });
      current = readServingCertificate({ certificate, key, authorities: authority.certificate }, now());
    },
    current: () => {
      if (!current) throw new Error('the certificate source has not been started');
      return current;
    },
    problem: () => undefined,
    onChange: () => () => {},
    close: () => {},
  };
}
