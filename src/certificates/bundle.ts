import { X509Certificate } from 'node:crypto';

/**
 * Puts certificates one after another, each once, in the order given: what a `caBundle` or `ca.crt` holds while an
 * old authority and its successor are both trusted.
 * @throws where a part is no PEM certificate; see `parseBundle`.
 */
export function joinBundle(...parts: readonly string[]): string {
  const certificates = parts.flatMap((part) => parseBundle(part));
  const unique = new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  // X509Certificate prints itself with a line break at its end, without which the next block would be unreadable.
  return [...unique.values()].map((certificate) => certificate.toString()).join('');
}

/**
 * Reads the certificates of a PEM text, in its order; an empty text has none.
 * @throws where a block cannot be read, or the text has something in it but no certificate.
 */
export function parseBundle(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const begun = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (blocks.length < begun || (begun === 0 && pem.trim() !== '')) {
    throw new Error('expected PEM certificates, found a text that is none or is cut off');
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new Error(`certificate ${index + 1} of ${blocks.length} cannot be read`, { cause });
    }
  });
}

/**
 * The certificates that a client follows from a leaf upwards: the leaf, each issuer found among the others, up to a
 * root or to an issuer that is not there. Of several that fit (an authority renewed with its key), the one that lasts
 * longest is taken.
 */
export function chainOf(leaf: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const chain = [leaf];
  for (;;) {
    const last = chain.at(-1) ?? leaf;
    const issuer = others
      .filter((other) => !chain.includes(other) && last.checkIssued(other) && last.verify(other.publicKey))
      .sort((a, b) => b.validToDate.getTime() - a.validToDate.getTime())[0];
    if (!issuer || last.fingerprint256 === issuer.fingerprint256) return chain;
    chain.push(issuer);
  }
}

/** When the first certificate of a chain ends, and with it the whole chain. */
export function endOf(chain: readonly X509Certificate[]): Date {
  return new Date(Math.min(...chain.map(({ validToDate }) => validToDate.getTime())));
}

/** Days until a date, with fractions; negative when it has passed. */
export function daysUntil(end: Date, now: Date): number {
  return (end.getTime() - now.getTime()) / 86_400_000;
}
