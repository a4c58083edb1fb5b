import type { ManifestLimits } from '../limits.ts';
import type { ManifestProblemId } from '../manifest-problem.ts';

export type ReadText =
  | { readonly text: string }
  | {
      readonly problem: { readonly id: ManifestProblemId; readonly reason: string; readonly remedy?: string };
    };

/** Decodes the bytes of a file; only UTF-8 text can be a manifest, and only so much of it. A byte order mark stays. */
export function readText(bytes: Buffer, limits: ManifestLimits): ReadText {
  if (bytes.length > limits.fileSize) return { problem: tooLarge(bytes.length, limits) };
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') {
    return { problem: { id: 'manifest/encoding', reason: 'it is UTF-16', remedy: 'save it as UTF-8' } };
  }
  if (bytes.includes(0)) return { problem: { id: 'manifest/binary', reason: 'it is a binary file' } };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { problem: { id: 'manifest/encoding', reason: 'it is not UTF-8', remedy: 'save it as UTF-8' } };
  }
}

/** The problem of a file of so many bytes. */
export function tooLarge(
  size: number,
  { fileSize }: ManifestLimits,
): { id: ManifestProblemId; reason: string; remedy: string } {
  return {
    id: 'manifest/too-large',
    reason: `it has ${sizeOf(size)}, more than the limit of ${sizeOf(fileSize)}`,
    remedy: 'split it',
  };
}

function sizeOf(bytes: number): string {
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}
