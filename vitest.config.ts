import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;
/** What is waited for comes at once, but not on a busy machine. */
const EXPECT = { poll: { timeout: 30_000 } };

/** all but unit need the private namespaces that test/run.ts puts them in; see there. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          expect: EXPECT,
        },
      },
      ...['browser', 'integration', 'interop', 'peer', 'systemd'].map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 2 * MINUTE,
          expect: EXPECT,
          hookTimeout: 2 * MINUTE,
          teardownTimeout: MINUTE,
          fileParallelism: false,
        },
      })),
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          testTimeout: 10 * MINUTE,
          expect: EXPECT,
          hookTimeout: 2 * MINUTE,
          fileParallelism: false,
        },
      },
    ],
  },
});
