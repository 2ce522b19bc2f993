import { fixtureForEach } from '../fixture.ts';
import { createHeartbeatWorld, type HeartbeatWorld } from './heartbeat-world.ts';

/** Gives each test a heartbeat world of its own, and closes it after the test. */
export const useHeartbeatWorld = (): HeartbeatWorld =>
  fixtureForEach(createHeartbeatWorld, (world) => world.close());
