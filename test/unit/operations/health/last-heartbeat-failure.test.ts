import { describe, expect, it } from 'vitest';
import type { RecentHeartbeat } from '../../../../src/domain/recent-events.ts';
import { lastHeartbeatFailure } from '../../../../src/operations/health/last-heartbeat-failure.ts';

const heartbeat = (destination: string | undefined, error: string | undefined): RecentHeartbeat => ({
  ...{ at: 1, bytes: 300, destination, error },
});

describe('the reason of missing heartbeats', () => {
  it('is the last error of a destination', async () => {
    const all = [
      heartbeat('10.0.0.1:5555', 'ENETUNREACH'),
      heartbeat('10.0.0.2:5555', 'EPERM'),
      heartbeat('10.0.0.1:5555', undefined),
      heartbeat(undefined, 'not sent: keepalived'),
    ];
    expect(await lastHeartbeatFailure({ heartbeats: async () => all })).toEqual({
      destination: '10.0.0.2:5555',
      error: 'EPERM',
    });
  });

  it('is unknown when none failed, and when the heartbeat thread hangs', async () => {
    expect(await lastHeartbeatFailure({ heartbeats: async () => [] })).toBeUndefined();
    const hanging = { heartbeats: () => new Promise<never>(() => undefined) };
    expect(await lastHeartbeatFailure(hanging, 10)).toBeUndefined();
  });
});
