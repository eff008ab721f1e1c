/** `npm run bench -- [NAME ...] [--quick]`: runs the named benchmarks, all of them without a name. */
import { cpus } from 'node:os';

const BENCHES = [
  'search',
  'draw',
  'partition',
  'rejection',
  'threads',
  'scale',
  'smc',
  'kernel',
  'training',
  'dispatch',
  'event-loop-lag',
  'stragglers',
  'managed',
];

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const names = args.filter((arg) => arg !== '--quick');
const unknown = names.find((name) => !BENCHES.includes(name));
if (unknown !== undefined) {
  console.error(`there is no benchmark ${JSON.stringify(unknown)}; there are: ${BENCHES.join(', ')}`);
  process.exit(1);
}
console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`);
for (const name of names.length > 0 ? names : BENCHES) {
  const { run } = await import(`./${name}.mjs`);
  await run({ quick });
}
