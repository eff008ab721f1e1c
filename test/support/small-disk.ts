import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Why there can be no small disk here; undefined when there can. */
export const noSmallDisk = reasonAgainst();

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting takes root on Linux';
  const dir = mkdtempSync(join(tmpdir(), 'shac-disk-'));
  try {
    mount(dir, 64);
    unmount(dir);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    rmdirSync(dir);
  }
}

function mount(dir: string, kib: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'shac-test', dir], { stdio: 'pipe' });
}

/** Lazily: somebody may have a file open on it. */
function unmount(dir: string): void {
  execFileSync('umount', ['-l', dir], { stdio: 'pipe' });
}

/** Makes a file system read-only, as a CD or a snapshot is. */
export function makeReadOnly(dir: string): void {
  execFileSync('mount', ['-o', 'remount,ro', dir], { stdio: 'pipe' });
}

/** A file system of so many KiB, which is gone when the test is over. */
export function smallDisk(kib: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'shac-disk-'));
  mount(dir, kib);
  onTestFinished(() => {
    unmount(dir);
    rmdirSync(dir);
  });
  return dir;
}

/** Fills a disk to the last byte; returns what makes room again. */
export function fill(dir: string): () => void {
  const ballast = join(dir, 'ballast');
  const file = openSync(ballast, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(ballast);
}
