import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { TrafficHistory } from '../domain/metrics/traffic-history.ts';
import type { RecentHeartbeat } from '../domain/recent-events.ts';
import { relayLogLine } from './log-relay.ts';
import type { FromWorker, HeartbeatStart, ToWorker } from './settings.ts';

/** A running heartbeat thread. */
export interface HeartbeatThread {
  post(message: ToWorker): void;
  /** Resolves with the last heartbeats, the oldest first; with none if the thread ends. Waits for ever if it hangs. */
  recent(): Promise<readonly RecentHeartbeat[]>;
  /** Resolves with the traffic of the last hour, as `recent` does. */
  traffic(): Promise<readonly TrafficHistory[]>;
  /** Ends the thread at once; `onEnd` is called. */
  kill(): void;
  /** Ends the thread after it has written its counters, but waits 3 s at most. */
  close(): Promise<void>;
}

export interface ThreadListeners {
  readonly logger: Logger;
  /** Called once after the thread has ended. @param reason the error that ended the thread; undefined if none did */
  onEnd(reason: Error | undefined): void;
}

const CLOSE_LIMIT_MS = 3000;

/** Starts a heartbeat thread. @param entry the module that the thread runs */
export function startThread(entry: URL, start: HeartbeatStart, listeners: ThreadListeners): HeartbeatThread {
  const worker = new Worker(entry, { workerData: start, name: 'heartbeat' });
  const closed = Promise.withResolvers<void>();
  let recent = Promise.withResolvers<readonly RecentHeartbeat[]>();
  let traffic = Promise.withResolvers<readonly TrafficHistory[]>();
  let reason: Error | undefined;
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'log') relayLogLine(listeners.logger, message.line);
    else if (message.kind === 'recent') {
      recent.resolve(message.heartbeats);
      recent = Promise.withResolvers();
    } else if (message.kind === 'traffic') {
      traffic.resolve(message.histories);
      traffic = Promise.withResolvers();
    } else closed.resolve();
  });
  worker.once('error', (error: Error) => {
    reason = error;
  });
  worker.once('exit', () => {
    closed.resolve();
    recent.resolve([]);
    traffic.resolve([]);
    listeners.onEnd(reason);
  });
  return {
    post: (message) => worker.postMessage(message),
    recent() {
      worker.postMessage({ kind: 'recent' } satisfies ToWorker);
      return recent.promise;
    },
    traffic() {
      worker.postMessage({ kind: 'traffic' } satisfies ToWorker);
      return traffic.promise;
    },
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
