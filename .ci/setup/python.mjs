/** The files of lib/ that are no TypeScript, to where its TypeScript looks for them. Runs after every build of dist. */
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const python = ['worker', 'failures', 'loading', 'frameworks'].map((name) => `python/${name}.py`);
for (const file of [...python, 'process/watcher.sh']) {
  const script = `dispatch/${file}`;
  cpSync(fileURLToPath(new URL(`lib/${script}`, root)), fileURLToPath(new URL(`dist/${script}`, root)));
}
