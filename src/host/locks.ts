import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Holds a lock while `use` runs. Waits until no other caller, in any process, holds the lock. */
export type HoldLock = <Result>(name: string, use: () => Promise<Result>) => Promise<Result>;

/**
 * Holds a lock while `use` runs, if no other caller, in any process, holds the lock.
 * @returns undefined when another caller holds it; `use` has not run then
 */
export type TryLock = <Result>(
  name: string,
  use: () => Promise<Result>,
) => Promise<{ readonly result: Result } | undefined>;

const RETRY_MS = 50;

/** Returns the name of a lock's abstract socket, without the zero byte in front. */
export const lockName = (scope: string, name: string): string =>
  `amphora-agent-${createHash('sha256').update(`${scope}\0${name}`).digest('hex')}`;

/**
 * Creates locks among the processes of one amphora. A lock is the name of an abstract socket (unix(7)). The kernel releases
 * the name when its process ends, also after a crash.
 * @param scope distinguishes amphorae that share a network namespace
 */
export function createLocks(scope: string): HoldLock {
  return async (name, use) => {
    const address = addressOf(scope, name);
    let lock: Server | undefined;
    while (lock === undefined) {
      lock = await bound(address);
      if (lock === undefined) await delay(RETRY_MS);
    }
    try {
      return await use();
    } finally {
      lock.close();
    }
  };
}

/** Creates the same locks as createLocks(), for callers that don't wait. */
export function createTriedLocks(scope: string): TryLock {
  return async (name, use) => {
    const lock = await bound(addressOf(scope, name));
    if (lock === undefined) return undefined;
    try {
      return { result: await use() };
    } finally {
      lock.close();
    }
  };
}

const addressOf = (scope: string, name: string): string => `\0${lockName(scope, name)}`;

/** @returns undefined when another server has the address */
async function bound(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(address);
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
