#!/usr/bin/env node
// The entry from a checkout: `node src/launch.mjs COMMAND`. Plain JavaScript that Node.js 12 can read.
import { nodeIsRecentEnough } from './require-node.mjs';

if (nodeIsRecentEnough) void start();

async function start() {
  const { enableCompileCache } = await import('node:module');
  // the sources are stripped of their types once and not at every start
  enableCompileCache();
  await import('./cli.ts');
}
