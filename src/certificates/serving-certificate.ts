import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { chainOf, endOf, parseBundle } from './bundle.ts';
import type { ServingCertificate } from './source.ts';

export interface ServingMaterial {
  readonly certificate: string;
  readonly key: string;
  readonly authorities?: string;
}

/**
 * Judges whether a pair could be served now.
 * @throws an Error that says why not: unreadable, key of another certificate, expired, or not signed by the
 *   authorities that clients are told to trust.
 */
export function readServingCertificate(material: ServingMaterial, now: Date): ServingCertificate {
  const [leaf, ...between] = parseBundle(material.certificate);
  if (!leaf) throw new Error('the certificate file is empty');
  if (!leaf.checkPrivateKey(readKey(material.key))) {
    throw new Error('the key does not belong to the certificate');
  }
  const authorities = material.authorities === undefined ? [] : parseBundle(material.authorities);
  const chain = chainOf(leaf, [...between, ...authorities]);
  if (authorities.length > 0 && !chain.some((certificate) => isAmong(certificate, authorities))) {
    throw new Error('the certificate is not signed by any of the authorities beside it');
  }
  const end = endOf(chain);
  if (end <= now) throw new Error(`the certificate or its authority expired at ${end.toISOString()}`);
  // What OpenSSL would not serve for reasons of its own, such as a key too short for its security level.
  createSecureContext({ cert: material.certificate, key: material.key });
  return { ...material, end, fingerprint: leaf.fingerprint256 };
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error('the key cannot be read', { cause });
  }
}

function isAmong({ fingerprint256 }: X509Certificate, others: readonly X509Certificate[]): boolean {
  return others.some((other) => other.fingerprint256 === fingerprint256);
}
