import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MOST_REPAIRS } from '../../../../src/domain/drift/drift-memory.ts';
import type { DriftKind } from '../../../../src/operations/drift/drift-kind.ts';
import { lookForDrift, repairConfirmed } from '../../../../src/operations/drift/drift-look.ts';
import { watchDrift } from '../../../../src/operations/drift/drift-watch.ts';
import { BROKEN, lampWorld, SECOND_MS } from '../../../support/drift/lamp-world.ts';

const closings: AbortController[] = [];

afterEach(() => {
  for (const closing of closings.splice(0)) closing.abort();
});

describe('looks for drift', () => {
  it('repair a difference at the second look, and count it', async () => {
    const { lamp, logs, context, lookAt } = lampWorld('repair');
    lamp.isOn = false;
    await lookAt(0);
    expect(lamp).toMatchObject({ isOn: false, repairs: 0 });
    await lookAt(SECOND_MS);
    expect(lamp).toMatchObject({ isOn: true, repairs: 1 });
    expect(context.drift.items()).toEqual([]);
    expect(logs.map(({ msg }) => msg)).toEqual(['drift found', 'drift ended', 'drift repaired']);
    const repairs = context.drift.families().find(({ name }) => name === 'amphora_agent_drift_repairs');
    expect(repairs?.samples).toEqual([{ labels: { kind: 'lamp', result: 'repaired' }, value: 1 }]);
  });

  it('only report it in mode report, until an engineer orders the repair', async () => {
    const { lamp, context, kind, lookAt } = lampWorld('report');
    lamp.isOn = false;
    for (const ms of [0, SECOND_MS, 60_000]) await lookAt(ms);
    expect(lamp.repairs).toBe(0);
    expect(context.drift.items()).toMatchObject([{ object: 'lamp 1', wanted: 'on', repairs_last_hour: 0 }]);
    expect(await repairConfirmed(context, [kind])).toEqual([{ difference: BROKEN, result: 'repaired' }]);
    expect(lamp.isOn).toBe(true);
  });

  it('do nothing to an object while an operation holds its lock', async () => {
    const { lamp, context, lookAt } = lampWorld('repair');
    lamp.isOn = false;
    await lookAt(0);
    const operation = Promise.withResolvers<void>();
    const held = context.queue.run('lamps', () => operation.promise);
    await lookAt(SECOND_MS);
    expect(lamp.repairs).toBe(0);
    expect(context.drift.items()).toEqual([]);
    operation.resolve();
    await held;
    await lookAt(2 * SECOND_MS);
    expect(lamp.repairs).toBe(1);
  });

  it('end a fight after five repairs, with one line in the log', async () => {
    const { lamp, logs, context, lookAt } = lampWorld('repair');
    lamp.comesBack = true;
    lamp.isOn = false;
    for (let look = 0; look < 20; look += 1) await lookAt(look * SECOND_MS);
    expect(lamp.repairs).toBe(MOST_REPAIRS);
    expect(context.drift.items()).toMatchObject([{ repairs_last_hour: MOST_REPAIRS, gave_up: true }]);
    const message = 'drift comes back after each repair: it is only reported for an hour';
    expect(logs.filter(({ msg }) => msg === message)).toHaveLength(1);
  });

  it('repair nothing during 500 operations, and never undo one', async () => {
    const { context } = lampWorld('repair');
    const lights = { wanted: 0, seen: 0 };
    let isOperating = false;
    let wrong = 0;
    const kind: DriftKind = {
      kinds: ['lamp'],
      observe: () => {
        const { wanted, seen } = lights;
        const repair = async (): Promise<void> => {
          if (isOperating || wanted !== lights.wanted) wrong += 1;
          await delay(0);
          lights.seen = wanted;
        };
        const difference = { ...BROKEN, wanted: `${wanted}`, seen: `${seen}` };
        return Promise.resolve(wanted === seen ? [] : [{ difference, repair }]);
      },
    };
    const operate = (number: number): Promise<void> =>
      context.queue.run('lamps', async () => {
        isOperating = true;
        lights.wanted = number;
        if (number % 3 > 0) await delay(0);
        lights.seen = number;
        isOperating = false;
      });
    for (let number = 1; number <= 500; number += 1) {
      const operation = operate(number);
      await lookForDrift(context, [kind], 'repair', 0);
      await lookForDrift(context, [kind], 'repair', 0);
      if (number % 2 > 0) await operation;
    }
    await operate(501);
    expect(lights).toEqual({ wanted: 501, seen: 501 });
    expect(wrong).toBe(0);
  });

  it('keep what is known when an observation fails', async () => {
    const { lamp, logs, context, kind, lookAt } = lampWorld('report');
    lamp.isOn = false;
    await lookAt(0);
    await lookAt(SECOND_MS);
    const failing = { ...kind, observe: () => Promise.reject(new Error('no answer')) };
    for (let look = 0; look < 3; look += 1) await lookForDrift(context, [failing], 'report', SECOND_MS);
    expect(context.drift.items()).toHaveLength(1);
    const message = 'drift not looked for: next attempt follows';
    expect(logs.filter(({ msg }) => msg === message)).toHaveLength(1);
  });
});

describe('the watch for drift', () => {
  const start = (
    world: Pick<ReturnType<typeof lampWorld>, 'context' | 'kind'>,
    firstMs: number,
    secondMs = 1,
  ) => {
    const closing = new AbortController();
    closings.push(closing);
    const times = { firstMs, secondMs, soonMs: 0 };
    void watchDrift(world.context, closing.signal, { times, kinds: [world.kind] });
    return closing;
  };

  it('looks after the start, and soon after an event', async () => {
    const world = lampWorld('report');
    start(world, 0);
    await expect.poll(() => world.lamp.looks).toBe(1);
    world.context.drift.lookSoon('a unit failed');
    await expect.poll(() => world.lamp.looks).toBe(2);
  });

  it('looks soon after a change of the network, but not sooner than a second look would come', async () => {
    const world = lampWorld('report');
    start(world, 0);
    await expect.poll(() => world.lamp.looks).toBe(1);
    world.events.damage();
    await expect.poll(() => world.lamp.looks).toBe(2);
    const other = lampWorld('report');
    start(other, 0, 60_000);
    await expect.poll(() => other.context.drift.checkedAt()).toBeDefined();
    for (let event = 0; event < 100; event += 1) other.events.damage();
    await delay(20);
    expect(other.lamp.looks).toBe(1);
  });

  it('logs once why changes of the network are not reported', async () => {
    const world = lampWorld('report');
    start(world, 0);
    for (const look of [1, 2]) {
      await expect.poll(() => world.lamp.looks).toBe(look);
      world.context.drift.lookSoon('a unit failed');
    }
    await expect.poll(() => world.events.renewals).toBeGreaterThan(2);
    const message = 'changes of the network cause no look: the interval remains';
    expect(world.logs.filter(({ msg }) => msg === message)).toHaveLength(1);
    world.own.live.replace({ ...world.config, drift: 'off' });
    await expect.poll(() => world.events.ends).toBe(1);
  });

  it.each(['report', 'off'] as const)(
    'repairs nothing more once the mode is %s, also amid a look',
    async (mode) => {
      const world = lampWorld('repair');
      const begun = Promise.withResolvers<void>();
      const lamps = ['lamp 1', 'lamp 2'].map((object) => ({ ...BROKEN, object }));
      let repairs = 0;
      const repair = async (): Promise<void> => {
        repairs += 1;
        world.own.live.replace({ ...world.config, drift: mode });
        begun.resolve();
        await delay(0);
      };
      const kind: DriftKind = {
        kinds: ['lamp'],
        observe: () => Promise.resolve(lamps.map((difference) => ({ difference, repair }))),
      };
      start({ context: world.context, kind }, 0, 0);
      await begun.promise;
      await world.context.drift.inTurn(() => Promise.resolve());
      expect(repairs).toBe(1);
    },
  );

  it('ends the alert after an ordered success, and keeps the count of repairs while it is off', async () => {
    const world = lampWorld('repair');
    world.lamp.comesBack = true;
    world.lamp.isOn = false;
    for (let look = 0; look < 20; look += 1) await world.lookAt(look * SECOND_MS);
    const gaveUp = () =>
      world.context.drift.families().find(({ name }) => name === 'amphora_agent_drift_gave_up')?.samples;
    expect(gaveUp()).toEqual([{ value: 1 }]);
    world.lamp.comesBack = false;
    expect(await repairConfirmed(world.context, [world.kind])).toMatchObject([{ result: 'repaired' }]);
    expect(gaveUp()).toEqual([{ value: 0 }]);
    world.context.drift.forget();
    world.lamp.isOn = false;
    for (let look = 20; look < 23; look += 1) await world.lookAt(look * SECOND_MS);
    expect(world.lamp.repairs).toBe(MOST_REPAIRS + 1);
  });

  it('logs once why ends of services are not reported, and tries again with each look', async () => {
    const world = lampWorld('report');
    const message = 'ends of services cause no look: the interval remains';
    const logged = () => world.logs.filter(({ msg }) => msg === message).length;
    start(world, 0);
    const looks = ['no directory', 'no directory', undefined, 'no directory'];
    for (const [index, reason] of looks.entries()) {
      world.events.unwatchedServices = reason;
      if (index > 0) world.context.drift.lookSoon('a unit failed');
      await expect.poll(() => world.lamp.looks).toBe(index + 1);
      await world.context.drift.inTurn(() => Promise.resolve());
    }
    expect(logged()).toBe(2);
  });

  it('does not look in mode off, and looks at once when the mode changes', async () => {
    const world = lampWorld('off');
    start(world, 0);
    await delay(10);
    expect(world.lamp.looks).toBe(0);
    world.own.live.replace({ ...world.config, drift: 'report' });
    await expect.poll(() => world.lamp.looks).toBe(1);
    world.own.live.replace({ ...world.config, drift: 'off' });
    await expect.poll(() => world.context.drift.checkedAt()).toBeUndefined();
  });

  it('ends with the agent', async () => {
    const world = lampWorld('report');
    start(world, 60_000).abort();
    world.context.drift.lookSoon('too late');
    await delay(10);
    expect(world.lamp.looks).toBe(0);
  });
});
