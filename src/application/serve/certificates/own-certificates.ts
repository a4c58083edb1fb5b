import type { Logger } from 'pino';
import { defaultRotationTimes } from '../../../certificates/authority-rotation.ts';
import type { CertificateSource } from '../../../certificates/source.ts';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createCaBundle } from '../../../cluster/certificates/ca-bundle.ts';
import { createOwnCertificates } from '../../../cluster/certificates/own-certificates.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { createSecretSource } from '../../../cluster/certificates/secret-source.ts';
import type { OwnCertificateOptions } from '../options.ts';

/** A source whose certificates the replicas make themselves, as `CertificateSource` knows them. */
export interface OwnCertificateSource extends CertificateSource {
  /** Whether the API server trusts what is served; true where no configuration calls yet. */
  readonly isTrusted: () => boolean;
}

/** Puts together what keeps a Secret and the webhook configurations in step; the leader alone writes. */
export function composeOwnCertificates(
  { secret: name, service, configurations, times }: OwnCertificateOptions,
  cluster: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly namespace: string;
    readonly leads: () => boolean;
  },
  log: Logger,
): OwnCertificateSource & { readonly wake: () => void; readonly end: () => Promise<void> } {
  const { connection, schedule, namespace, leads } = cluster;
  // The same for every replica, whatever it listens on: they share the certificate.
  const hosts = [`${service}.${namespace}.svc`];
  const now = () => new Date();
  const secret = createSecretSource({
    connection,
    schedule,
    namespace,
    name,
    hosts,
    now,
    onProblem: (problem) => log.warn({ problem }, 'the certificates of the Secret are not in use'),
  });
  const bundle = createCaBundle({
    connection,
    schedule,
    names: configurations,
    onChange: () => keeper.wake(),
  });
  const keeper = createOwnCertificates({
    secret,
    bundle,
    leads,
    hosts,
    now,
    schedule,
    times: { ...defaultRotationTimes, ...times },
    onStep: (step) => log.info({ step }, 'a step in the life of the certificates'),
    onProblem: (problem) => log.error({ problem }, 'the certificates cannot be kept up'),
  });
  const unfollow = secret.onStored(keeper.wake);
  const end = async () => {
    unfollow();
    await Promise.all([keeper.close(), bundle.close(), secret.close()]);
  };
  return {
    start: async () => {
      bundle.start();
      keeper.start();
      await secret.start();
    },
    current: secret.current,
    problem: () => secret.problem() ?? bundle.problem(),
    onChange: secret.onChange,
    isTrusted: () => {
      const authority = secret.stored()?.certificates?.authority.certificate;
      return authority !== undefined && secret.present() && bundle.synced() && bundle.trusts(authority);
    },
    wake: keeper.wake,
    close: () => void end(),
    end,
  };
}
