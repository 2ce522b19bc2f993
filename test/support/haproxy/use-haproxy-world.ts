import { fixture } from '../fixture.ts';
import { type HaproxyWorld, openHaproxyWorld } from './haproxy-world.ts';

/** Opens a world for haproxy before the tests of a file, and closes it after them. */
export const useHaproxyWorld = (): HaproxyWorld => fixture(openHaproxyWorld, (world) => world.close());
