import { readFile } from 'node:fs/promises';

export interface FollowedFilesOptions<T> {
  readonly files: readonly string[];
  /** Makes of the texts, in the order of the files, what they are read for. @throws an Error that says what is wrong */
  readonly read: (texts: readonly string[]) => T;
  /** Time between two looks at the files, in milliseconds; 10 s. */
  readonly interval?: number;
  /** Called once for each new reason why the files are not in use. */
  readonly onProblem: (problem: string) => void;
}

/** Files that are read again and again; the last good state of them counts. */
export interface FollowedFiles<T> {
  /** Reads them for the first time. @throws where that fails, and what they are then is not followed either */
  readonly start: () => Promise<void>;
  /** Looks at the files now. Never rejects: what is wrong becomes `problem`. */
  readonly refresh: () => Promise<void>;
  /** @throws before `start` has ended */
  readonly current: () => T;
  /** Why what is in the files now is not in use; undefined where it is. */
  readonly problem: () => string | undefined;
  /** Hears of each state that takes the place of another; the returned function ends that. */
  readonly onChange: (listener: (value: T) => void) => () => void;
  readonly close: () => void;
}

/**
 * Follows mounted files by reading and comparing them, not by a watch: the kubelet renews a mounted Secret or
 * ConfigMap by swapping a symbolic link above the files, which a watch on a file itself never reports. Texts that
 * cannot be used, such as those of which only half have been renewed, leave the former in use.
 */
export function followFiles<T>(options: FollowedFilesOptions<T>): FollowedFiles<T> {
  const { files, read, interval = 10_000, onProblem } = options;
  const listeners = new Set<(value: T) => void>();
  let current: { readonly texts: readonly string[]; readonly value: T } | undefined;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const look = async () => {
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    if (current?.texts.every((text, index) => text === texts[index])) return;
    const isFirst = current === undefined;
    current = { texts, value: read(texts) };
    if (!isFirst) for (const listener of listeners) listener(current.value);
  };
  const reasonOf = (error: unknown) =>
    `${files.join(', ')}: ${error instanceof Error ? error.message : String(error)}`;
  const refresh = async () => {
    try {
      await look();
      problem = undefined;
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== problem) onProblem(reason);
      problem = reason;
    }
  };
  const lookLater = () => {
    timer = setTimeout(() => {
      void refresh().then(() => timer && lookLater());
    }, interval);
  };
  return {
    refresh,
    start: async () => {
      try {
        await look();
      } catch (error) {
        throw new Error(reasonOf(error), { cause: error });
      }
      lookLater();
    },
    current: () => {
      if (!current) throw new Error(`${files.join(', ')}: not read yet`);
      return current.value;
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
