import type { CommandEntry } from './command.ts';

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'check',
    summary: 'Judge manifests as the cluster would',
    load: () => import('./check.ts'),
  },
  {
    name: 'fix',
    summary: 'Put into manifests what the rules can put right',
    load: () => import('./fix.ts'),
  },
  {
    name: 'serve',
    summary: 'Answer admission reviews over HTTPS',
    load: () => import('./serve.ts'),
  },
];
