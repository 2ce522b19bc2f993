import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { relayLogLine } from './log-relay.ts';
import type { FromWorker, HeartbeatStart, ToWorker } from './settings.ts';

/** One life of the heartbeat thread. */
export interface HeartbeatThread {
  post(message: ToWorker): void;
  /** Ends it at once; `onEnd` hears of it. */
  kill(): void;
  /** Ends it when it has written its counters, at the latest after 3 s. */
  close(): Promise<void>;
}

export interface ThreadListeners {
  readonly logger: Logger;
  /** Called once, however it ended. @param reason the error that ended it, if one did */
  onEnd(reason: Error | undefined): void;
}

const CLOSE_LIMIT_MS = 3000;

/** @param entry the module that the thread runs */
export function startThread(entry: URL, start: HeartbeatStart, listeners: ThreadListeners): HeartbeatThread {
  const worker = new Worker(entry, { workerData: start, name: 'heartbeat' });
  const closed = Promise.withResolvers<void>();
  let reason: Error | undefined;
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'log') relayLogLine(listeners.logger, message.line);
    else closed.resolve();
  });
  worker.once('error', (error: Error) => {
    reason = error;
  });
  worker.once('exit', () => {
    closed.resolve();
    listeners.onEnd(reason);
  });
  return {
    post: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
    async close() {
      worker.postMessage({ kind: 'close' } satisfies ToWorker);
      const limit = setTimeout(closed.resolve, CLOSE_LIMIT_MS);
      await closed.promise;
      clearTimeout(limit);
      await worker.terminate();
    },
  };
}
