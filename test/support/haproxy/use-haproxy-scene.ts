import { fixtureForEach, liveObject } from '../fixture.ts';
import { createHaproxyScene, type HaproxyScene } from './supervised-haproxy.ts';

/** Gives each test a supervised haproxy of its own, and ends it after the test. */
export function useHaproxyScene(): HaproxyScene {
  const scene = fixtureForEach(createHaproxyScene, ({ world }) => world.close());
  return {
    world: liveObject(() => scene.world),
    haproxy: liveObject(() => scene.haproxy),
    manager: liveObject(() => scene.manager),
    mainPid: () => scene.mainPid(),
    startHaproxy: () => scene.startHaproxy(),
  };
}
