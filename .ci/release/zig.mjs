/** zig as a C++ compiler for every platform, from PyPI: it brings the C libraries, libc++ and the linkers. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say, tryRun } from '../setup/shell.mjs';
import { virtualEnvironment } from '../setup/venv.mjs';

const toolchain = fileURLToPath(new URL('zig.cmake', import.meta.url));

/** CMake's variables for a target. Installs zig the first time. */
export function zigVariables(target) {
  return { CMAKE_TOOLCHAIN_FILE: toolchain, SHAC_ZIG_TOOLS: zigTools(), SHAC_ZIG_TARGET: target };
}

/** The folder of the wrappers that CMake and make call: they take one program each, zig is all of them. */
export function zigTools() {
  const bin = zigBin();
  const folder = join(dirname(bin), 'zig-tools');
  mkdirSync(folder, { recursive: true });
  const zig = tryRun(join(bin, 'python'), ['-c', 'import ziglang; print(ziglang.__path__[0])']).output.trim();
  for (const tool of ['cc', 'c++', 'ar', 'ranlib', 'dlltool']) {
    const file = join(folder, tool);
    writeFileSync(file, `#!/bin/sh\nexec '${join(zig, 'zig')}' ${tool} "$@"\n`);
    chmodSync(file, 0o755);
  }
  return folder;
}

function zigBin() {
  if (!existsSync(fileURLToPath(new URL('../../build-zig-venv', import.meta.url)))) {
    say('pip install of zig, the cross-compiler (100 MB)');
  }
  return virtualEnvironment('zig', ['ziglang==0.17.1']);
}
