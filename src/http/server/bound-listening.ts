import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ApiServer } from './server.ts';

const RETRY_MS = 5_000;

/**
 * Makes the server listen. Tries again in the background while the address can't be bound. The agent goes on meanwhile,
 * because an amphora that serves traffic must not be replaced only because its API can't bind.
 * @returns a promise that resolves after the first attempt, also if it failed
 */
export async function listenUntilBound(
  server: ApiServer,
  closing: AbortSignal,
  logger: Logger,
): Promise<void> {
  if (!(await tryToListen(server, logger))) void retry(server, closing, logger);
}

async function retry(server: ApiServer, closing: AbortSignal, logger: Logger): Promise<void> {
  do {
    await delay(RETRY_MS, undefined, { signal: closing }).catch(() => undefined);
  } while (!closing.aborted && !(await tryToListen(server, logger)));
}

async function tryToListen(server: ApiServer, logger: Logger): Promise<boolean> {
  try {
    logger.info(await server.listen(), 'API listens');
    return true;
  } catch (error) {
    logger.error(
      { err: error, retryMs: RETRY_MS },
      "the API can't bind: heartbeats go on, and the agent tries again",
    );
    return false;
  }
}
