import type { HeartbeatFailure } from '../../domain/health/readiness.ts';
import type { RecentEvents } from '../../domain/recent-events.ts';
import { inTime } from '../deadline.ts';

/** A thread that hangs must not delay the answer that says so. An upgrade waits 5 s for that answer. */
const THREAD_MS = 1_000;

/**
 * Asks the heartbeat thread why its last heartbeats failed.
 * @returns the destination and the error of the last one that failed; undefined when none has failed, or when the thread hangs
 */
export async function lastHeartbeatFailure(
  recent: Pick<RecentEvents, 'heartbeats'>,
  limitMs = THREAD_MS,
): Promise<HeartbeatFailure | undefined> {
  const heartbeats = await inTime(recent.heartbeats(), limitMs).catch(() => []);
  return heartbeats
    .flatMap(({ destination, error }) =>
      destination === undefined || error === undefined ? [] : [{ destination, error }],
    )
    .at(-1);
}
