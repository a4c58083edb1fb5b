import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { trustedAuthorities, type OwnCertificates } from './authority-rotation.ts';
import { parseBundle } from './bundle.ts';
import type { KeyPair } from './issue.ts';
import { readServingCertificate } from './serving-certificate.ts';
import type { ServingCertificate } from './source.ts';

/** The parts of a Secret's `data`, decoded: what `kubernetes.io/tls` asks for, and what rotation needs beside it. */
export type StoredFiles = Readonly<Record<string, string>>;

/** What a Secret of our own holds. */
export function filesOf(certificates: OwnCertificates): StoredFiles {
  const { authority, leaf, successor, former } = certificates;
  return {
    'tls.crt': leaf.certificate,
    'tls.key': leaf.key,
    'ca.crt': trustedAuthorities(certificates),
    'authority.crt': authority.certificate,
    'authority.key': authority.key,
    ...(successor ? { 'successor.crt': successor.certificate, 'successor.key': successor.key } : {}),
    ...(former === undefined ? {} : { 'former.crt': former }),
  };
}

/** Reads it back, expired or not. @throws an Error that says what is missing or cannot be read. */
export function readFiles(files: StoredFiles, rotationAsked: boolean): OwnCertificates {
  const former = Object.hasOwn(files, 'former.crt') ? files['former.crt'] : undefined;
  if (former !== undefined) certificatesIn(former, 'former.crt');
  return {
    authority: readPair(files, 'authority'),
    leaf: readPair(files, 'tls'),
    rotationAsked,
    ...(Object.hasOwn(files, 'successor.crt') ? { successor: readPair(files, 'successor') } : {}),
    ...(former === undefined ? {} : { former }),
  };
}

/** What is shown to clients. @throws an Error that says why it could not be served now; see `readServingCertificate`. */
export function servingOf(certificates: OwnCertificates, now: Date): ServingCertificate {
  const { certificate, key } = certificates.leaf;
  return readServingCertificate({ certificate, key, authorities: trustedAuthorities(certificates) }, now);
}

function readPair(files: StoredFiles, name: string): KeyPair {
  const certificate = need(files, `${name}.crt`);
  const key = need(files, `${name}.key`);
  if (!certificatesIn(certificate, `${name}.crt`)[0]?.checkPrivateKey(createPrivateKey(key)))
    throw new Error(`${name}.key does not belong to ${name}.crt`);
  return { certificate, key };
}

function certificatesIn(text: string, name: string): readonly X509Certificate[] {
  try {
    return parseBundle(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name}: ${why}`, { cause });
  }
}

function need(files: StoredFiles, name: string): string {
  const text = Object.hasOwn(files, name) ? files[name] : undefined;
  if (text === undefined || text.trim() === '') throw new Error(`it has no ${name}`);
  return text;
}
