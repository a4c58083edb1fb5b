import { joinBundle, parseBundle } from './bundle.ts';
import { followFiles, type FollowedFiles } from './followed-files.ts';

export interface AuthorityFileOptions {
  readonly file: string;
  /** Time between two looks at the file, in milliseconds; 10 s. */
  readonly interval?: number;
  readonly onProblem: (problem: string) => void;
}

/** Follows a PEM file of authorities whose certificates are to be believed; an empty one would believe nobody, and is refused. */
export function createAuthorityFile({
  file,
  interval,
  onProblem,
}: AuthorityFileOptions): FollowedFiles<string> {
  return followFiles({
    files: [file],
    read: ([pem = '']) => {
      if (parseBundle(pem).length === 0) throw new Error('there is no certificate in it');
      return joinBundle(pem);
    },
    onProblem,
    ...(interval === undefined ? {} : { interval }),
  });
}
