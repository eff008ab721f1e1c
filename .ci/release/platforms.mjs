/** The platforms that have a package with the addon in it, and what they are called in places that name them. */

/**
 * By the name of the platform, which is that of its package without the scope:
 * os, cpu, libc: as in package.json, and as Node says them.
 * target: zig's, with the oldest C library that the addon runs on.
 * prebuild: the addon's file, where node-gyp-build looks for it.
 */
export const PLATFORMS = Object.fromEntries(
  [
    ['linux-x64-gnu', 'x86_64-linux-gnu.2.28'],
    ['linux-x64-musl', 'x86_64-linux-musl'],
    ['linux-arm64-gnu', 'aarch64-linux-gnu.2.28'],
    ['linux-arm64-musl', 'aarch64-linux-musl'],
    ['darwin-x64', 'x86_64-macos.11.0'],
    ['darwin-arm64', 'aarch64-macos.11.0'],
    ['win32-x64', 'x86_64-windows-gnu'],
  ].map(([name, target]) => {
    const [os, cpu, abi] = name.split('-');
    const libc = { gnu: 'glibc', musl: 'musl' }[abi];
    return [name, { name, os, cpu, libc, target, prebuild: `${os}-${cpu}/shac${libc ? `.${libc}` : ''}.node` }];
  }),
);

/** The package of a platform: the addon. */
export const addonPackage = (name) => `@shac/${name}`;
/** The package of a platform with what Node 20 lacks: better-sqlite3, compiled. */
export const sqlitePackage = (name) => `@shac/sqlite-${name}`;

/** The platform of this machine, or undefined where there is no package for it. */
export function thisPlatform() {
  const libc = process.platform !== 'linux' ? '' : glibc() ? '-gnu' : '-musl';
  return PLATFORMS[`${process.platform}-${process.arch}${libc}`];
}

function glibc() {
  process.report.excludeNetwork = true; // else it asks for the names of every interface
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}
