import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

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
          exclude: ['test/package/**', 'test/frameworks/**'],
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
