#!/usr/bin/env node
import type { Addon } from '../native/addon.js';
import { ownFile, require } from '../package/own-files.js';
import { exitNow } from './exit.js';
import { isOfCommander, tellFailure } from './failure.js';
import { tell } from './lines.js';
import { Output } from './output.js';

/** The command line. `args` are those after the name of the program. Each command loads what it needs. */
async function main(args: readonly string[], output: Output): Promise<void> {
  // Loaded here and not at the top, so that a missing addon is an error message like any other.
  const addon = args[0] === 'build' ? undefined : await loaded(asksForHelp(args));
  const { version } = require(ownFile('../package.json')) as { version: string };
  const versions = `shac ${version} (${addon ? `XGBoost ${addon.xgboostVersion()}` : 'without its addon'})`;
  if (args.length === 1 && ['-V', '--version'].includes(args[0] as string)) {
    output.show(versions);
    return;
  }
  if (addon) output.take(addon.takeOutput);
  tellWarnings();
  const { runCommandLine } = await import('./program.js');
  await runCommandLine(versions, args, output);
}

/** The addon. `help` needs none: it says how to get one. */
async function loaded(help: boolean): Promise<Addon | undefined> {
  try {
    return (await import('../native/addon.js')).addon;
  } catch (error) {
    if (help) return undefined;
    throw error;
  }
}

function asksForHelp(args: readonly string[]): boolean {
  return args.length === 0 || args.some((arg) => ['-h', '--help', 'help'].includes(arg));
}

/** Whether the result is asked for as JSON; also of a command line that is wrong. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** The library's own warnings as messages of the program; that a search has nothing to do, the run says itself. */
function tellWarnings(): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning: Error & { code?: string }) => {
    if (warning.name !== 'ShacWarning') for (const listener of listeners) listener(warning);
    else if (warning.code !== 'SHAC_NOTHING_TO_DO') tell(`shac: ${warning.message}`);
  });
}

const args = process.argv.slice(2);
const output = new Output(asksForJson(args));
try {
  await main(args, output);
} catch (error) {
  const code = isOfCommander(error) ? error.exitCode : 1;
  if (code !== 0) tellFailure(error, output); // else it is the help that was asked for
  await exitNow(code);
}
