import { randomBytes, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate, type CertificateExtension } from 'selfsigned';

/** A certificate and its private key, both PEM with a line break at the end. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityOptions {
  readonly now: Date;
  readonly days: number;
}

export interface ServingOptions extends AuthorityOptions {
  readonly authority: KeyPair;
  /** DNS names and IP addresses; for a webhook at least `SERVICE.NAMESPACE.svc`, which is what the API server asks for. */
  readonly hosts: readonly string[];
}

export interface ClientOptions extends AuthorityOptions {
  readonly authority: KeyPair;
  /** The common name, by which the other side knows the client. */
  readonly name: string;
}

/**
 * So many milliseconds before its issue a certificate is valid already: clocks in a cluster differ, and a slow one
 * would refuse what is valid from this very moment.
 */
export const clockToleranceMs = 5 * 60_000;

/**
 * Makes a certificate authority.
 * Its name is unlike that of any other: OpenSSL tries only the first authority of a name, so two generations of the
 * same name in one bundle would not verify, and certificates made here carry no key identifiers to tell them apart.
 */
export async function issueAuthority({ now, days }: AuthorityOptions): Promise<KeyPair> {
  return issue({
    commonName: `tollgate-ca-${randomBytes(8).toString('hex')}`,
    notBefore: backdated(now),
    notAfter: daysAfter(now, days),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

/** Makes a certificate for a TLS server, signed by an authority that it never outlives. */
export async function issueServing({ authority, hosts, now, days }: ServingOptions): Promise<KeyPair> {
  if (hosts.length === 0)
    throw new RangeError('a serving certificate needs at least one DNS name or IP address');
  return issueLeaf('tollgate', authority, now, days, [
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: hosts.map((host) =>
        isIP(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const),
      ),
    },
  ]);
}

/** Makes a certificate by which a client says who it is, as the API server may do to its webhooks. */
export async function issueClient({ authority, name, now, days }: ClientOptions): Promise<KeyPair> {
  // The library joins the parts of a subject with commas and escapes nothing.
  if (!/^[\w.:@-]+$/.test(name)) throw new RangeError(`"${name}" is no name for a certificate`);
  return issueLeaf(name, authority, now, days, [{ name: 'extKeyUsage', clientAuth: true }]);
}

async function issueLeaf(
  commonName: string,
  authority: KeyPair,
  now: Date,
  days: number,
  extensions: readonly CertificateExtension[],
): Promise<KeyPair> {
  const { validToDate } = new X509Certificate(authority.certificate);
  const wanted = daysAfter(now, days);
  return issue({
    commonName,
    notBefore: backdated(now),
    notAfter: wanted < validToDate ? wanted : validToDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      ...extensions,
    ],
    authority,
  });
}

interface Certificate {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly CertificateExtension[];
  readonly authority?: KeyPair;
}

async function issue(certificate: Certificate): Promise<KeyPair> {
  const { commonName, notBefore, notAfter, extensions, authority } = certificate;
  const pem = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
    extensions: [...extensions],
    ...(authority ? { ca: { cert: authority.certificate, key: authority.key } } : {}),
  });
  return { certificate: `${pem.cert.trim()}\n`, key: `${pem.private.trim()}\n` };
}

function backdated(now: Date): Date {
  return new Date(now.getTime() - clockToleranceMs);
}

function daysAfter(now: Date, days: number): Date {
  return new Date(now.getTime() + days * 86_400_000);
}
