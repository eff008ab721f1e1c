/** The end of a script with a search under way; all ends of all objectives are in test/crash. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/studies.js';
import { end, expectNothingLeft, KINDS, startScript, underWay } from '../support/supervised.js';

describe.each(KINDS)('of the backend %s nothing is left', (kind) => {
  it('of a search that is killed', async () => {
    const script = await underWay(kind, 'spins');
    end(script, 'SIGKILL');
    await script.ended;
    await expectNothingLeft(script);
  });

  it('of a search that is ended by Ctrl-C at its terminal', async () => {
    const script = await underWay(kind, 'ignores signals');
    end(script, 'Ctrl-C');
    expect(await script.ended).toEqual([null, 'SIGINT']);
    await expectNothingLeft(script);
  });

  it('when all evaluations took too long, and the script has nothing more to do', async () => {
    const script = await underWay(kind, 'blocks', ['3000']);
    expect(await script.ended).toEqual([0, null]);
    await expectNothingLeft(script);
  });

  it('when the script exits', async () => {
    const script = await underWay(kind, 'blocks');
    script.node.kill('SIGUSR2');
    expect(await script.ended).toEqual([7, null]);
    await expectNothingLeft(script);
  });
});

/** The package once more, as another one's dependency has it. */
function anotherCopy(): string {
  const [root, copy] = [fileURLToPath(new URL('../../', import.meta.url)), join(temporaryDirectory(), 'shac')];
  mkdirSync(copy);
  for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const name of ['node_modules', 'build']) symlinkSync(join(root, name), join(copy, name));
  return pathToFileURL(join(copy, 'dist/index.js')).href;
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends a script whose programs run', (signal) => {
  it.each(['signal-exit', 'two copies'])('with %s', async (other) => {
    const script = startScript('two-copies.mjs', [other === 'two copies' ? anotherCopy() : other]);
    const programs = other === 'two copies' ? 2 : 1;
    // Itself, and of each search a watcher, the program and what that runs.
    while (script.running().length < 1 + 3 * programs) await new Promise((resolve) => setTimeout(resolve, 10));
    script.node.kill(signal);
    expect(await script.ended).toEqual([null, signal]);
    await expectNothingLeft(script);
  });
});
