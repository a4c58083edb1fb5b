import { createHash, type X509Certificate } from 'node:crypto';
import { parseBundle } from '../../certificates/bundle.ts';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { isRecord, records, text } from '../../kubernetes/read.ts';
import { sortedJson } from '../../text/sorted-json.ts';
import type { ApiConnection } from '../connection/api-connection.ts';
import { createReflector } from '../follow/reflector.ts';
import type { Schedule } from '../pace/schedule.ts';

/** The annotation by which the chart says what its webhooks were when it wrote them. */
export const checksumAnnotation = 'tollgate.dev/webhooks-sha256';

/** One of the two webhook configurations that call tollgate, as it stands in the cluster. */
export interface OwnConfiguration {
  readonly kind: 'validating' | 'mutating';
  readonly present: boolean;
  /** Whether every webhook of it trusts a certificate (PEM, with its chain). */
  readonly trusts: (certificate: string) => boolean;
  /** Whether its webhooks are as the chart wrote them; undefined where the chart did not say. */
  readonly unchanged: boolean | undefined;
}

export interface OwnConfigurations {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  readonly synced: () => boolean;
  readonly current: () => readonly OwnConfiguration[];
  /** Why they are not known as they are now. */
  readonly problem: () => string | undefined;
}

/**
 * Follows the webhook configurations of one name, whoever writes their `caBundle`: a gate can be healthy and yet not be
 * asked, because somebody deleted or changed them or put another authority there.
 */
export function createOwnConfigurations(options: {
  readonly connection: ApiConnection;
  readonly schedule: Schedule;
  readonly name: string;
  /** Told of every change. */
  readonly onChange: () => void;
}): OwnConfigurations {
  const { connection, schedule, name, onChange } = options;
  const followed = (['validating', 'mutating'] as const).map((kind) => ({
    kind,
    reflector: createReflector({
      connection,
      schedule,
      path: () => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`,
      query: { fieldSelector: `metadata.name=${name}` },
      project: (object) => (object.metadata.name === name ? object : undefined),
      onChange: () => void setImmediate(onChange), // the copy has it only then
      onStatus: onChange,
    }),
  }));
  return {
    start: () => {
      for (const { reflector } of followed) reflector.start();
    },
    close: async () => {
      await Promise.all(followed.map(({ reflector }) => reflector.close()));
    },
    synced: () => followed.every(({ reflector }) => reflector.status().synced),
    current: () =>
      followed.map(({ kind, reflector }) => {
        const [object] = reflector.objects();
        const written = object?.metadata.annotations?.[checksumAnnotation];
        return {
          kind,
          present: object !== undefined,
          trusts: (certificate) =>
            object !== undefined && bundlesOf(object).every((bundle) => trusts(bundle, certificate)),
          unchanged:
            object === undefined || written === undefined ? undefined : written === checksumOf(object),
        };
      }),
    problem: () =>
      followed.map(({ reflector }) => reflector.status().problem).find((problem) => problem !== undefined),
  };
}

/**
 * SHA-256 of what the webhooks of a configuration are, in hexadecimal, as the chart computes it: the list as JSON with
 * sorted keys, without `clientConfig`, whose `caBundle` others write, and without what the API server adds.
 */
export function checksumOf(configuration: KubernetesObject): string {
  const webhooks = records(configuration['webhooks']).map((webhook) =>
    Object.fromEntries(
      Object.entries(webhook).filter(
        ([key, value]) => key !== 'clientConfig' && !(key === 'objectSelector' && isEmpty(value)),
      ),
    ),
  );
  return createHash('sha256').update(sortedJson(webhooks)).digest('hex');
}

function isEmpty(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}

function bundlesOf(configuration: KubernetesObject): readonly string[] {
  return records(configuration['webhooks']).map(({ clientConfig }) =>
    isRecord(clientConfig) ? Buffer.from(text(clientConfig.caBundle), 'base64').toString('utf8') : '',
  );
}

/** Whether a bundle has the authority of a certificate, or the certificate itself. What cannot be read trusts nobody. */
function trusts(bundle: string, certificate: string): boolean {
  try {
    const chain = parseBundle(certificate);
    return parseBundle(bundle).some((authority) => chain.some((one) => isSignedBy(one, authority)));
  } catch {
    return false;
  }
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  if (certificate.fingerprint256 === authority.fingerprint256) return true;
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
