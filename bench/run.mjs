/**
 * `npm run bench -- [NAME ...] [--quick] [FLAGS]`: runs the named benchmarks; without a name all but `quality`, which takes a
 * day. `quality` has further flags, which come last. `npm run bench -- against DIR [--quick]` compares with another checkout.
 */
import { cpus } from 'node:os';

const BENCHES = [
  'startup',
  'search',
  'draw',
  'partition',
  'rejection',
  'threads',
  'scale',
  'smc',
  'conditions',
  'constraints',
  'kernel',
  'training',
  'dispatch',
  'event-loop-lag',
  'stragglers',
  'storage',
  'managed',
  'growth',
  'quality',
];

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const others = args.filter((arg) => arg !== '--quick');
const flagsAt = others.findIndex((arg) => arg.startsWith('--'));
const [words, flags] = flagsAt < 0 ? [others, []] : [others.slice(0, flagsAt), others.slice(flagsAt)];
const isComparison = words[0] === 'against';
const names = isComparison ? ['against'] : words;
const unknown = names.find((name) => ![...BENCHES, 'against'].includes(name));
if (unknown !== undefined) {
  console.error(`there is no benchmark ${JSON.stringify(unknown)}; there are: ${BENCHES.join(', ')}`);
  process.exit(1);
}
if (flags.length > 0 && names.join() !== 'quality') {
  console.error(`only \`quality\` alone takes flags beside --quick, got ${flags.join(' ')}`);
  process.exit(1);
}
console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`);
for (const name of names.length > 0 ? names : BENCHES.filter((bench) => bench !== 'quality')) {
  const { run } = await import(`./${name}.mjs`);
  await run({ quick, args: isComparison ? words.slice(1) : flags });
}
