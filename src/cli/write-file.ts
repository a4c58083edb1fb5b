import { writeFileSync } from 'node:fs';
import { TollgateError } from '../errors.ts';

/**
 * Writes a text to a file; one that cannot be written ends the command with its name and the reason.
 * @param mode who may read it, `0o600` for the user alone
 */
export function writeFile(file: string, text: string, mode?: number): void {
  try {
    writeFileSync(file, text, mode === undefined ? {} : { mode });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TollgateError('ERR_CANNOT_WRITE', { file, reason }, { cause: error });
  }
}
