/** Prints CMake's options, one a line, for a build with the compiler and the XGBoost of this machine's `npm run prebuild`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisPlatform } from './platforms.mjs';
import { zigVariables } from './zig.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { name, target } = thisPlatform();
const built = join(root, 'build-prebuild', name, 'native/xgboost');
const libraries = ['lib/libxgboost.a', 'dmlc-core/libdmlc.a'].map((file) => join(built, file));
if (!libraries.every(existsSync)) {
  console.error(`${libraries.join(' and ')} are missing: run npm run prebuild`);
  process.exit(1);
}
const variables = {
  ...zigVariables(target),
  SHAC_XGBOOST: 'system', // as far as this build knows: it is built already
  XGBOOST_INCLUDE_DIR: join(root, 'native/xgboost/include'),
  XGBOOST_LIBRARY: libraries.join(';'),
};
for (const [variable, value] of Object.entries(variables)) console.log(`-D${variable}=${value}`);
