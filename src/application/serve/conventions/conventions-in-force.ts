import type { Logger } from 'pino';
import type { WaiverCounts } from '../../../conventions/waiver/waiver-count.ts';
import type { ApiConnection } from '../../../cluster/connection/api-connection.ts';
import type { Schedule } from '../../../cluster/pace/schedule.ts';
import { defaultConventions } from '../../../conventions/default-conventions.ts';
import { conventionsOfCluster } from './conventions-of-cluster.ts';
import { conventionsOfFiles } from './conventions-of-files.ts';
import type { ConventionsInForce } from './in-force.ts';
import { tellOfUnused } from './unused-documents.ts';

/** Where conventions come from, as the settings say it. */
export async function conventionsOf(
  {
    conventions = [],
    conventionsFromCluster = false,
    namespace,
    lease = 'tollgate',
  }: {
    readonly conventions?: readonly string[];
    readonly conventionsFromCluster?: boolean;
    readonly namespace?: string;
    readonly lease?: string;
  },
  {
    connection,
    folder,
    schedule,
    leads,
    findings = () => undefined,
    now = () => new Date(),
    onChange = () => {},
  }: {
    readonly connection: ApiConnection | undefined;
    /** What paths begin at. */
    readonly folder: string;
    readonly schedule: Schedule;
    readonly leads: () => boolean;
    /** What each waiver covers, once that has been counted. */
    readonly findings?: () => WaiverCounts | undefined;
    /** Default: the clock of the machine. */
    readonly now?: () => Date;
    /** Told when others have come into force. */
    readonly onChange?: () => void;
  },
  log: Logger,
): Promise<ConventionsInForce> {
  if (connection && conventionsFromCluster)
    return conventionsOfCluster(
      {
        connection,
        schedule,
        leads,
        findings,
        now,
        onChange,
        ...(namespace === undefined ? {} : { keptIn: { namespace, name: `${lease}-conventions-in-force` } }),
      },
      log,
    );
  const ofFiles = conventions.length > 0;
  const inForce = ofFiles
    ? await conventionsOfFiles(conventions, { folder, schedule, findings, now, onChange }, log)
    : packagedConventions();
  const source = ofFiles ? conventions.join(', ') : 'the packaged convention';
  return connection ? tellOfUnused(inForce, { source, connection, schedule }, log) : inForce;
}

function packagedConventions(): ConventionsInForce {
  const packaged = defaultConventions();
  return {
    current: () => packaged,
    checks: () => [],
    problems: () => 0,
    start: () => {},
    close: async () => {},
  };
}
