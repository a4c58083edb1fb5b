import type { OwnCertificates } from '../../certificates/authority-rotation.ts';
import { createIssuedSource } from '../../certificates/issued-source.ts';
import type { CertificateSource, ServingCertificate } from '../../certificates/source.ts';
import { filesOf, readFiles, servingOf } from '../../certificates/stored-certificates.ts';
import { isRecord, type KubernetesObject } from '../../kubernetes/object.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { createReflector } from '../follow/reflector.ts';
import type { Schedule } from '../pace/schedule.ts';
import { record } from '../../kubernetes/read.ts';

export interface SecretSourceOptions {
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly name: string;
  /** What the certificate is for that stands in until the Secret has one. */
  readonly hosts: readonly string[];
  readonly now: () => Date;
  readonly schedule: Schedule;
  /** Called once for each new reason why the Secret is not in use. */
  readonly onProblem: (problem: string) => void;
}

/** Certificates from a Secret, which is followed, and written by whoever leads. */
export interface SecretSource extends Omit<CertificateSource, 'close'> {
  /** Whether what is served comes from the Secret; until then nobody trusts it. */
  readonly present: () => boolean;
  /** The Secret as it is known now; undefined as long as it is not known whether it exists. */
  readonly stored: () => StoredSecret | undefined;
  /** Hears of each change of the Secret. */
  readonly onStored: (listener: () => void) => () => void;
  readonly close: () => Promise<void>;
}

/** A Secret at one moment. */
export interface StoredSecret {
  /** What it holds, or held when it could be read last. */
  readonly certificates: OwnCertificates | undefined;
  /** It is missing, or what it holds cannot be read. */
  readonly isSpoiled: boolean;
  /** Writes it, unless it has changed since that moment. @throws ApiError; Error where it is no Secret of ours. */
  readonly write: (certificates: OwnCertificates, signal: AbortSignal) => Promise<void>;
}

/** Put on the Secret by whoever wants a new authority now; it is gone once the rotation has begun. */
export const rotationAnnotation = 'tollgate.dev/rotate-authority';

/** A server that starts before its Secret listens all the same, so that its probes are answered. */
const patienceMs = 2_000;

export function createSecretSource(options: SecretSourceOptions): SecretSource {
  const { connection, namespace, name, hosts, now, schedule, onProblem } = options;
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const standIn = createIssuedSource({ hosts, now });
  const listeners = new Set<(certificate: ServingCertificate) => void>();
  const lookouts = new Set<() => void>();
  const state: {
    secret?: KubernetesObject;
    stored?: OwnCertificates;
    current?: ServingCertificate;
    problem?: string | undefined;
  } = {};

  const missing = `there is no Secret ${namespace}/${name} yet`;
  const report = (problem: string | undefined) => {
    if (problem !== undefined && problem !== state.problem) onProblem(problem);
    state.problem = problem;
  };
  const read = (secret: KubernetesObject) => {
    state.secret = secret;
    try {
      const asked =
        isRecord(secret.metadata.annotations) && rotationAnnotation in secret.metadata.annotations;
      const stored = readFiles(decode(secret.data), asked);
      state.stored = stored;
      const serving = servingOf(stored, now());
      report(undefined);
      if (isSame(serving, state.current)) return;
      state.current = serving;
      for (const listener of listeners) listener(serving);
    } catch (error) {
      report(`Secret ${namespace}/${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const reflector = createReflector({
    connection,
    schedule,
    path: () => path,
    query: { fieldSelector: `metadata.name=${name}` },
    project: (secret) => (secret.metadata.name === name ? secret : undefined),
    onChange: ({ put = [], remove = [] }) => {
      if (remove.length > 0) {
        delete state.secret;
        report(missing);
      }
      for (const secret of put) read(secret);
      for (const look of lookouts) look();
    },
    onStatus: () => {
      for (const look of lookouts) look();
    },
  });
  const onStored = (listener: () => void) => {
    lookouts.add(listener);
    return () => void lookouts.delete(listener);
  };
  const write = async (
    secret: KubernetesObject | undefined,
    certificates: OwnCertificates,
    signal: AbortSignal,
  ) => {
    const strange = strangeKeys(secret);
    if (strange.length > 0) {
      throw new Error(
        `Secret ${namespace}/${name} holds something else (${strange.join(', ')}); delete it, or name another Secret`,
      );
    }
    const { metadata } = secret ?? {};
    const { [rotationAnnotation]: asked, ...others } = isRecord(metadata?.annotations)
      ? metadata.annotations
      : {};
    const annotations = certificates.rotationAsked ? { ...others, [rotationAnnotation]: asked } : others;
    const value = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      ...secret,
      metadata: { ...metadata, name, namespace, annotations },
      data: encode(filesOf(certificates)),
    };
    const body = { type: 'application/json', value };
    if (secret) await connection.json('PUT', `${path}/${name}`, { body, signal });
    else await connection.json('POST', path, { body, signal });
  };
  const arrival = async () => {
    const ended = new AbortController();
    const end = onStored(() => {
      if (state.current) ended.abort();
    });
    await schedule.pause(patienceMs, ended.signal);
    end();
  };

  return {
    start: async () => {
      await standIn.start();
      reflector.start();
      await arrival();
    },
    current: () => state.current ?? standIn.current(),
    problem: () => state.problem ?? reflector.status().problem ?? (state.current ? undefined : missing),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    present: () => state.current !== undefined,
    stored: () => {
      if (!reflector.status().synced) return undefined;
      const { secret, stored } = state;
      return {
        certificates: stored,
        isSpoiled: !secret || !isReadable(secret),
        write: (certificates, signal) => write(secret, certificates, signal),
      };
    },
    onStored,
    close: () => reflector.close(),
  };
}

/** What a Secret holds that was not made here, and must not be lost. */
function strangeKeys(secret: KubernetesObject | undefined): readonly string[] {
  const keys = isRecord(secret?.data) ? Object.keys(secret.data) : [];
  return keys.includes('authority.crt') ? [] : keys;
}

function isReadable(secret: KubernetesObject): boolean {
  try {
    readFiles(decode(secret.data), false);
    return true;
  } catch {
    return false;
  }
}

function isSame(one: ServingCertificate, other: ServingCertificate | undefined): boolean {
  return one.fingerprint === other?.fingerprint && one.authorities === other.authorities;
}

function decode(data: unknown): Record<string, string> {
  const entries = Object.entries(record(data));
  return Object.fromEntries(
    entries.flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, Buffer.from(value, 'base64').toString('utf8')]] : [],
    ),
  );
}

function encode(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}
