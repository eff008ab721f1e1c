/** The one file of lib/ that is no TypeScript, to where its TypeScript looks for it. Runs after every build of dist. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const script = 'evaluators/python/worker.py';
const root = new URL('../../', import.meta.url);
cpSync(fileURLToPath(new URL(`lib/${script}`, root)), fileURLToPath(new URL(`dist/${script}`, root)));
