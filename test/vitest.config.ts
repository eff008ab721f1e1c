import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { hasBoth } from './support/drivers.js';

const root = fileURLToPath(new URL('..', import.meta.url));

const shared = {
  root,
  pool: 'forks' as const,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // dist is loaded by Node as a user's program does, not transformed: workers and the addon see their real paths.
  server: { deps: { external: [/\/dist\//] } },
};

export default defineConfig({
  root,
  resolve: { alias: [{ find: /^shac$/, replacement: `${root}dist/index.js` }] },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/**', 'test/optuna/**', 'test/crash/**', 'test/frameworks/**'],
        },
      },
      // What touches files of SQLite once more, by the driver that is not the one of this Node.
      ...(hasBoth()
        ? [
            {
              extends: true as const,
              test: {
                ...shared,
                name: 'unit-better-sqlite3',
                include: ['test/store/*.test.ts', 'test/exchange/*.test.ts'],
                env: { SHAC_SQLITE: 'better-sqlite3' },
              },
            },
          ]
        : []),
      // Searches that are killed hundreds of times: a quarter of an hour.
      {
        extends: true,
        test: { ...shared, name: 'crash', include: ['test/crash/*.test.ts'], testTimeout: 1_200_000 },
      },
      // Against the real Optuna, as processes: needs Python, and at first the registry.
      {
        extends: true,
        test: {
          ...shared,
          name: 'optuna',
          include: ['test/optuna/*.test.ts'],
          globalSetup: 'test/optuna/environment.mjs',
          env: { TZ: 'Asia/Kathmandu' }, // Optuna shows local time and keeps UTC
          testTimeout: 300_000,
        },
      },
      // Installs the frameworks once, hundreds of megabytes, and needs the registry.
      {
        extends: true,
        test: {
          ...shared,
          name: 'frameworks',
          include: ['test/frameworks/*.test.ts'],
          globalSetup: 'test/frameworks/global-setup.mjs',
          testTimeout: 300_000,
          fileParallelism: false, // each test has several processes that compute
        },
      },
      // Packs and installs the package: minutes, and needs the registry.
      {
        extends: true,
        test: { ...shared, name: 'package', include: ['test/package/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
});
