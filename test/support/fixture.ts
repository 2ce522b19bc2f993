import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

/**
 * Starts something before the tests of a file or describe block and closes it after them.
 * @returns an object that stands for the started one: hooks and tests use it, the body of a describe block can't
 */
export function fixture<Started extends object>(
  start: () => Promise<Started>,
  close: (started: Started) => Promise<void>,
): Started {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await start();
  });
  afterAll(async () => {
    if (started !== undefined) await close(started);
  });
  return liveObject(() => started);
}

/** As `fixture`, but with a new start for each test. */
export function fixtureForEach<Started extends object>(
  start: () => Promise<Started> | Started,
  close: (started: Started) => Promise<void>,
): Started {
  let started: Started | undefined;
  beforeEach(async () => {
    started = await start();
  });
  afterEach(async () => {
    if (started !== undefined) await close(started);
    started = undefined;
  });
  return liveObject(() => started);
}

/**
 * Returns an object that stands for one which is made later: each use reaches the object of that moment.
 * @param read returns the object, or undefined as long as there is none; a use then throws
 */
export function liveObject<Target extends object>(read: () => Target | undefined): Target {
  const target = (): Target => {
    const object = read();
    if (object === undefined) throw new Error('used before it was started: use it in a hook or a test');
    return object;
  };
  return new Proxy<Target>(Object.create(null), {
    get: (_, key) => Reflect.get(target(), key),
    has: (_, key) => Reflect.has(target(), key),
    ownKeys: () => Reflect.ownKeys(target()),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(target(), key);
      // a Proxy may not report a property as fixed that its own, empty target lacks
      return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
    },
  });
}
