import type { Logger } from 'pino';
import type { Stage } from '../../../admission/stage.ts';
import type { CertificateSource } from '../../../certificates/source.ts';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import { createOwnConfigurations } from '../../../cluster/certificates/own-configurations.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import type { ConfigurationStatus } from '../../../server/metrics/gauges.ts';
import type { ReadinessCheck } from '../../../server/probes.ts';

export interface ConfigurationsInForce {
  readonly start: () => void;
  readonly close: () => Promise<void>;
  readonly status: () => readonly ConfigurationStatus[];
  readonly check: () => ReadinessCheck;
}

/**
 * Watches over the webhook configurations by which the API server asks, and logs each change for the worse. A replica
 * whose certificate they do not trust is not ready, so that `helm --wait` does not end before the gate works; one that
 * is not asked at all stays ready, since an endpoint that is gone would help nobody.
 */
export function composeConfigurations(
  options: {
    readonly connection: ApiConnection;
    readonly schedule: Schedule;
    readonly name: string;
    readonly stage: Stage;
    readonly certificates: Pick<CertificateSource, 'current'>;
  },
  log: Logger,
): ConfigurationsInForce {
  const { name, stage, certificates } = options;
  let said = '';
  const status = (): readonly ConfigurationStatus[] => {
    if (!configurations.synced()) return [];
    const { certificate } = certificates.current();
    return configurations
      .current()
      .filter(({ kind, present }) => present || kind === 'validating' || stage !== 'observe')
      .map(({ trusts, ...rest }) => ({ ...rest, trusted: trusts(certificate) }));
  };
  const configurations = createOwnConfigurations({
    ...options,
    onChange: () => {
      const words = status().flatMap(wordsOf).join('; ');
      if (words !== said && words !== '')
        log.warn({ configuration: name, problem: words }, 'the gate is not asked as installed');
      said = words;
    },
  });
  return {
    start: configurations.start,
    close: configurations.close,
    status,
    check: () => {
      const problem = configurations.problem();
      const words = status().flatMap(wordsOf);
      const isTrusted = status().every(({ present, trusted }) => !present || trusted);
      return {
        name: 'webhook configurations',
        ok: configurations.synced() && isTrusted,
        detail: problem ?? (words.length > 0 ? words.join('; ') : `${name} is as installed`),
      };
    },
  };
}

function wordsOf({ kind, present, trusted, unchanged }: ConfigurationStatus): readonly string[] {
  if (!present) return [`the ${kind} webhook configuration does not exist, so nothing is asked`];
  return [
    ...(trusted
      ? []
      : [`the caBundle of the ${kind} webhook configuration does not trust the served certificate`]),
    ...(unchanged === false
      ? [
          `the webhooks of the ${kind} webhook configuration are not as the chart wrote them (helm upgrade restores them)`,
        ]
      : []),
  ];
}
