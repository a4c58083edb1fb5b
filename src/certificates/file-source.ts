import { readFile } from 'node:fs/promises';
import { readServingCertificate } from './serving-certificate.ts';
import type { CertificateSource, ServingCertificate } from './source.ts';

export interface FileSourceOptions {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authorities beside them (`ca.crt` of a Secret), where there are any. */
  readonly authorityFile?: string;
  readonly now: () => Date;
  /** Time between two looks at the files, in milliseconds; 10 s. */
  readonly interval?: number;
  /** Called once for each new reason why the files are not in use. */
  readonly onProblem: (problem: string) => void;
}

/**
 * Serves a pair of files, and follows them.
 * The files are read again and compared, not watched: the kubelet renews a mounted Secret by swapping a symbolic
 * link above them, which a watch on the file itself never reports. A pair that cannot be served, such as one of
 * which only half has been renewed, leaves the former in use.
 */
export function createFileSource(options: FileSourceOptions): CertificateSource & {
  /** Looks at the files now. Never rejects: what is wrong becomes `problem`. */
  readonly refresh: () => Promise<void>;
} {
  const { interval = 10_000, now, onProblem } = options;
  const listeners = new Set<(certificate: ServingCertificate) => void>();
  let current: ServingCertificate | undefined;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const read = async () => {
    const material = await readMaterial(options);
    if (current && isSame(material, current)) return;
    const next = readServingCertificate(material, now());
    const isFirst = current === undefined;
    current = next;
    if (!isFirst) for (const listener of listeners) listener(next);
  };
  const refresh = async () => {
    try {
      await read();
      problem = undefined;
    } catch (error) {
      const reason = reasonOf(error, options);
      if (reason !== problem) onProblem(reason);
      problem = reason;
    }
  };
  const look = () => {
    timer = setTimeout(() => {
      void refresh().then(() => timer && look());
    }, interval);
  };
  return {
    refresh,
    start: async () => {
      try {
        await read();
      } catch (error) {
        throw new Error(reasonOf(error, options), { cause: error });
      }
      look();
    },
    current: () => {
      if (!current) throw new Error('the certificate source has not been started');
      return current;
    },
    problem: () => problem,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function readMaterial({ certificateFile, keyFile, authorityFile }: FileSourceOptions) {
  const [certificate, key, authorities] = await Promise.all([
    readFile(certificateFile, 'utf8'),
    readFile(keyFile, 'utf8'),
    authorityFile === undefined ? undefined : readFile(authorityFile, 'utf8'),
  ]);
  return { certificate, key, ...(authorities === undefined ? {} : { authorities }) };
}

function isSame(a: Awaited<ReturnType<typeof readMaterial>>, b: ServingCertificate): boolean {
  return a.certificate === b.certificate && a.key === b.key && a.authorities === b.authorities;
}

function reasonOf(error: unknown, { certificateFile, keyFile }: FileSourceOptions): string {
  return `${certificateFile}, ${keyFile}: ${error instanceof Error ? error.message : String(error)}`;
}
