/**
 * The name of this platform's packages: process.platform-process.arch, and on Linux the C library, e.g. 'linux-x64-gnu',
 * 'linux-arm64-musl', 'darwin-arm64'.
 */
export function platformName(): string {
  const libc = process.platform === 'linux' ? (hasGlibc() ? '-gnu' : '-musl') : '';
  return `${process.platform}-${process.arch}${libc}`;
}

function hasGlibc(): boolean {
  const { report } = process as { report: NodeJS.ProcessReport & { excludeNetwork?: boolean } };
  const before = report.excludeNetwork;
  report.excludeNetwork = true; // else it asks for the names of every interface
  try {
    const { header } = report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime !== undefined;
  } finally {
    if (before !== undefined) report.excludeNetwork = before;
  }
}
