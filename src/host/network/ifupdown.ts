import { CommandFailed } from '../../errors.ts';
import type { NamespaceNetwork } from './namespace.ts';

/** ifupdown inside the namespace. Names are those of an interface and its aliases, in the order of its file. */
export interface IfUpDown {
  /** Brings the interfaces up. @returns the output of ifup @throws CommandFailed with the output of ifup */
  up(names: readonly string[]): Promise<string>;
  /** Takes the interfaces down. @throws CommandFailed with the output of ifdown */
  down(names: readonly string[]): Promise<void>;
  /** Takes the interfaces down and ignores failures. @param force also interfaces that ifup has not recorded as up */
  cleanUp(names: readonly string[], force: boolean): Promise<void>;
  /** Returns whether ifup has brought all of them up. */
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
