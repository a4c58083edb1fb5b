// The entry from a checkout: `node src/launch.mjs COMMAND`. Plain JavaScript that Node.js 12 can read.
import { nodeIsRecentEnough } from './require-node.mjs';

if (nodeIsRecentEnough) import('./cli.ts');
