import type { Change } from './inventory-store.ts';

/** What an inventory lacks, as a direct read of the cluster has shown, or why there is none. */
export type FreshRead =
  | { readonly fresh: true; readonly change: Change }
  | { readonly fresh: false; readonly why: string };
