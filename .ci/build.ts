import { join } from 'node:path';
import { bundleProgram } from './bundle.ts';

/** Writes the program to `dist`: what the image holds, and the npm package as well. */
const root = join(import.meta.dirname, '..');
await bundleProgram(root, join(root, 'dist'));
