import { defineConfig } from 'vitest/config';

const MINUTE = 60_000;
/** What is waited for comes at once, but not on a busy machine. */
const EXPECT = { poll: { timeout: MINUTE } };
/**
 * Node itself loads the modules, as it does for the agent, and once for all files of a run: no module here keeps a state. Tests are
 * not run with vitest's own loader, so vi.mock() does nothing.
 */
const MODULES = { isolate: false, experimental: { viteModuleRunner: false, nodeLoader: false } } as const;

/** all but unit need the private namespaces that test/run.ts puts them in; see there. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          ...MODULES,
          testTimeout: 2 * MINUTE,
          expect: EXPECT,
        },
      },
      ...['browser', 'integration', 'interop', 'peer', 'systemd'].map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          ...MODULES,
          testTimeout: 4 * MINUTE,
          expect: EXPECT,
          hookTimeout: 4 * MINUTE,
          teardownTimeout: MINUTE,
          fileParallelism: false,
        },
      })),
      {
        test: {
          name: 'image',
          include: ['test/image/**/*.test.ts'],
          ...MODULES,
          testTimeout: 10 * MINUTE,
          expect: EXPECT,
          hookTimeout: 2 * MINUTE,
          fileParallelism: false,
        },
      },
    ],
  },
});
