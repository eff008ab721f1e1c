/** Ends the process, whatever is still running in it, once what was printed is out. */
export async function exitNow(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
  process.exit(code);
}
