/** The programs of bench/native. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = `${root}/build-native-bench`;
let built = false;

/** Output of a program, built first. */
export function runNative(name, args = []) {
  if (!built) {
    const quiet = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync('cmake', ['-S', '.', '-B', build, '-DSHAC_NATIVE_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release'], quiet);
    execFileSync('cmake', ['--build', build, '-j2'], quiet);
    built = true;
  }
  return execFileSync(`${build}/${name}`, args, { encoding: 'utf8' });
}
