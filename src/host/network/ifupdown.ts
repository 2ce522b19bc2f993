import { CommandFailed } from '../../errors.ts';
import type { NamespaceNetwork } from './namespace.ts';

/** ifupdown inside the namespace. Names are those of an interface and its aliases, in the order of its file. */
export interface IfUpDown {
  /** @returns what ifup printed @throws CommandFailed with ifup's output */
  up(names: readonly string[]): Promise<string>;
  /** @throws CommandFailed with ifdown's output */
  down(names: readonly string[]): Promise<void>;
  /** Takes down what is up. A failure is ignored. @param force also what ifup does not know to be up */
  cleanUp(names: readonly string[], force: boolean): Promise<void>;
  /** Whether ifup has brought all of them up. */
  areUp(names: readonly string[]): Promise<boolean>;
}

/** DHCP may take a minute. */
const CHANGE_TIMEOUT_MS = 120_000;
const QUERY_TIMEOUT_MS = 10_000;

export function createIfUpDown({ run }: Pick<NamespaceNetwork, 'run'>): IfUpDown {
  return {
    up: async (names) => (await run(['ifup', ...names], CHANGE_TIMEOUT_MS)).output,
    async down(names) {
      await run(['ifdown', ...names.toReversed()], CHANGE_TIMEOUT_MS);
    },
    async cleanUp(names, force) {
      const options = [...(force ? ['--force'] : []), '--ignore-errors'];
      await succeeds(run(['ifdown', ...options, ...names.toReversed()], CHANGE_TIMEOUT_MS));
    },
    areUp: (names) => succeeds(run(['ifquery', '--state', ...names], QUERY_TIMEOUT_MS)),
  };
}

async function succeeds(command: Promise<unknown>): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}
