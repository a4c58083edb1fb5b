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
    name: 'waive',
    summary: 'Write waivers for what check finds today, and for nothing that comes later',
    load: () => import('./waive.ts'),
  },
  {
    name: 'snapshot',
    summary: 'Write what a cluster holds into a file for check --context',
    load: () => import('./snapshot.ts'),
  },
  {
    name: 'test',
    summary: 'Run suites of policy tests',
    load: () => import('./test.ts'),
  },
  {
    name: 'flow',
    summary: 'Say whether one end may connect to another, and why',
    load: () => import('./questions/flow.ts'),
  },
  {
    name: 'connections',
    summary: 'List everything that may connect, with the rules behind it',
    load: () => import('./questions/connections.ts'),
  },
  {
    name: 'diff',
    summary: 'Say what a change opens, closes, uncovers and gets found',
    load: () => import('./questions/diff.ts'),
  },
  {
    name: 'evidence',
    summary: 'Write down for auditors how namespaces, mesh, waivers and controls stand',
    load: () => import('./questions/evidence.ts'),
  },
  {
    name: 'audit',
    summary: 'Judge everything that exists, in a cluster or in files',
    load: () => import('./audit.ts'),
  },
  {
    name: 'map',
    summary: 'Draw who may reach whom, as a page for a browser',
    load: () => import('./questions/map.ts'),
  },
  {
    name: 'explain',
    summary: 'Say what a rule finds, why, and what becomes of it',
    load: () => import('./explain.ts'),
  },
  {
    name: 'conventions',
    summary: 'Print the conventions and waivers that are in force',
    load: () => import('./conventions.ts'),
  },
  {
    name: 'serve',
    summary: 'Answer admission reviews over HTTPS',
    load: () => import('./serve.ts'),
  },
  {
    name: 'bundle',
    summary: 'Collect for support what is to be known of a gate, without secrets',
    load: () => import('./bundle.ts'),
  },
];
