import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface ChildResult {
  /** null when a signal killed it: a crash. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs test/support/`script`, or another by its URL, in a Node process of its own, so that a crash there is a failed test here. */
export function runChild(
  script: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
  env = process.env,
) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return new Promise<ChildResult>((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL')); // when the test was given up
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
