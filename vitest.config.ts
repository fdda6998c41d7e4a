import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/.mlspec/**'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    // Much of their time tests wait for processes that they started.
    maxWorkers: 3,
    pool: 'forks',
    // Where nobody watches, only what failed is worth reading.
    silent: 'passed-only',
    reporters: process.stdout.isTTY ? ['default'] : ['dot', './tools/tell-failures.ts'],
  },
});
