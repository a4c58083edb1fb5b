import type { Change } from './store.ts';

/** What an inventory lacks, as a direct read of the cluster has shown, or why there is none. */
export type DirectLook =
  | { readonly fresh: true; readonly change: Change }
  | { readonly fresh: false; readonly why: string };
