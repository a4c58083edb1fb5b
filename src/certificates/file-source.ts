import { followFiles, type FollowedFiles } from './followed-files.ts';
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

/** Serves a pair of files, and follows them; a pair that cannot be served leaves the former in use. */
export function createFileSource(
  options: FileSourceOptions,
): CertificateSource & FollowedFiles<ServingCertificate> {
  const { certificateFile, keyFile, authorityFile, now, interval, onProblem } = options;
  return followFiles({
    files: [certificateFile, keyFile, ...(authorityFile === undefined ? [] : [authorityFile])],
    read: ([certificate = '', key = '', authorities]) =>
      readServingCertificate(
        { certificate, key, ...(authorities === undefined ? {} : { authorities }) },
        now(),
      ),
    onProblem,
    ...(interval === undefined ? {} : { interval }),
  });
}
