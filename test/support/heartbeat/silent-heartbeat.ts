import type { HeartbeatState } from '../../../src/operations/health/heartbeat-state.ts';

/** A heartbeat that has sent nothing, for tests without a heartbeat thread. */
export const silentHeartbeat: HeartbeatState = {
  alive: () => true,
  leaveWorkers: () => undefined,
  counts: () => ({
    ...{ sent: 0, partial: 0, failed: 0, silent: 0, bytes: 0, restarts: 0 },
    sinceSentMs: undefined,
    late: undefined,
  }),
};
