import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';

/** `npm run build`: dist/. */
const root = fileURLToPath(new URL('../..', import.meta.url));
await build(root, path.join(root, 'dist'));
