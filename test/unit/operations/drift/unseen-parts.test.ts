import { describe, expect, it } from 'vitest';
import { repairsOf } from '../../../../src/domain/drift/drift-memory.ts';
import { type DriftKind, observeParts } from '../../../../src/operations/drift/drift-kind.ts';
import { lookForDrift, repairConfirmed } from '../../../../src/operations/drift/drift-look.ts';
import { driftReport } from '../../../../src/operations/drift/drift-reports.ts';
import { BROKEN, lampWorld } from '../../../support/drift/lamp-world.ts';

describe('a part that a look cannot see', () => {
  const twoLamps = (mode: 'report' | 'repair') => {
    const world = lampWorld(mode);
    const state = { isBlind: false, repairs: 0 };
    const second = { ...BROKEN, object: 'lamp 2', lock: 'other lamps' };
    const kind: DriftKind = {
      kinds: ['lamp'],
      observe: (_context, lock, onUnseen) =>
        observeParts(
          [BROKEN, second]
            .filter((one) => lock === undefined || lock === one.lock)
            .map((difference) => ({
              ...{ kinds: ['lamp'], lock: difference.lock, object: undefined },
              observe: () => {
                if (difference === BROKEN && state.isBlind) return Promise.reject(new Error('no light'));
                const repair = (): Promise<void> => {
                  state.repairs += 1;
                  return Promise.resolve();
                };
                return Promise.resolve([{ difference, repair }]);
              },
            })),
          onUnseen,
        ),
    };
    const { context, logs } = world;
    return { context, logs, state, kind };
  };

  it('keeps its items and is shown with the reason, while the other parts are compared', async () => {
    const { context, kind, state, logs } = twoLamps('report');
    state.isBlind = true;
    for (let look = 0; look < 3; look += 1) await lookForDrift(context, [kind], 'report', 0);
    expect(context.drift.items()).toMatchObject([{ object: 'lamp 2' }]);
    expect(context.drift.checkedAt()).toBeUndefined();
    const since = expect.any(String);
    expect(driftReport(context).unseen).toEqual([
      { kinds: ['lamp'], object: 'lamps', reason: 'no light', since },
    ]);
    const message = 'drift not looked for: next attempt follows';
    expect(logs.filter(({ msg }) => msg === message)).toMatchObject([
      { object: 'lamps', reason: 'no light' },
    ]);
    state.isBlind = false;
    for (let look = 0; look < 2; look += 1) await lookForDrift(context, [kind], 'report', 0);
    expect(driftReport(context).unseen).toEqual([]);
    expect(context.drift.checkedAt()).toBeDefined();
    state.isBlind = true;
    await lookForDrift(context, [kind], 'report', 0);
    expect(
      context.drift
        .items()
        .map(({ object }) => object)
        .toSorted(),
    ).toEqual(['lamp 1', 'lamp 2']);
  });

  it('is neither confirmed nor repaired nor counted', async () => {
    const { context, kind, state } = twoLamps('repair');
    await lookForDrift(context, [kind], 'report', 0);
    await lookForDrift(context, [kind], 'report', 0);
    state.isBlind = true;
    expect(await repairConfirmed(context, [kind])).toMatchObject([
      { difference: { object: 'lamp 1' }, result: 'not looked at' },
      { difference: { object: 'lamp 2' }, result: 'still there' },
    ]);
    expect(state.repairs).toBe(1);
    expect(repairsOf(context.drift.memory(), 'lamp 1')).toBe(0);
  });
});

describe('a part that can not be judged while a request works', () => {
  const hiddenLamp = () => {
    const { context, logs } = lampWorld('repair');
    const state = { isHidden: false, isOn: false, repairs: 0, onLook: () => Promise.resolve() };
    const repair = (): Promise<void> => {
      state.repairs += 1;
      return Promise.resolve();
    };
    const part = { kinds: ['lamp'], lock: BROKEN.lock, object: BROKEN.object };
    const observe = async () => {
      await state.onLook();
      if (state.isHidden) return undefined;
      return state.isOn ? [] : [{ difference: BROKEN, repair }];
    };
    const kind: DriftKind = {
      kinds: ['lamp'],
      observe: (_context, _lock, onUnseen) => observeParts([{ ...part, observe }], onUnseen),
    };
    return { context, logs, state, kind };
  };
  const endedIn = (logs: readonly { msg: string }[]) =>
    logs.filter(({ msg }) => msg === 'drift ended').length;

  it('keeps its item, which is neither confirmed nor ended nor repaired meanwhile', async () => {
    const { context, logs, state, kind } = hiddenLamp();
    await lookForDrift(context, [kind], 'report', 1);
    state.isHidden = true;
    await lookForDrift(context, [kind], 'report', 0);
    expect(context.drift.items()).toEqual([]);
    expect(context.drift.memory().tracked.size).toBe(1);
    state.isHidden = false;
    await lookForDrift(context, [kind], 'report', 0);
    expect(context.drift.items()).toMatchObject([{ object: 'lamp 1' }]);
    state.isHidden = true;
    await lookForDrift(context, [kind], 'repair', 0);
    expect(await repairConfirmed(context, [kind])).toMatchObject([{ result: 'not looked at' }]);
    expect(context.drift.items()).toMatchObject([{ object: 'lamp 1' }]);
    expect(state.repairs).toBe(0);
    // a request is no failure
    expect(driftReport(context).unseen).toEqual([]);
    expect(logs.map(({ msg }) => msg)).toEqual(['drift found']);
    Object.assign(state, { isHidden: false, isOn: true });
    await lookForDrift(context, [kind], 'report', 0);
    expect(context.drift.items()).toEqual([]);
    expect(endedIn(logs)).toBe(1);
  });

  it('keeps its item when the request ends during the look', async () => {
    const { context, logs, state, kind } = hiddenLamp();
    for (let look = 0; look < 2; look += 1) await lookForDrift(context, [kind], 'report', 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    const request = context.queue.run(BROKEN.lock, () => promise);
    state.isOn = true;
    state.onLook = async () => {
      resolve();
      await request;
    };
    await lookForDrift(context, [kind], 'report', 0);
    expect(endedIn(logs)).toBe(0);
    expect(context.drift.items()).toMatchObject([{ object: 'lamp 1' }]);
  });

  it('stays among the parts that failed', async () => {
    const { context, state, kind } = hiddenLamp();
    state.onLook = () => Promise.reject(new Error('no light'));
    await lookForDrift(context, [kind], 'report', 0);
    Object.assign(state, { isHidden: true, onLook: () => Promise.resolve() });
    await lookForDrift(context, [kind], 'report', 0);
    expect(driftReport(context).unseen).toMatchObject([{ object: 'lamp 1', reason: 'no light' }]);
    state.isHidden = false;
    await lookForDrift(context, [kind], 'report', 0);
    expect(driftReport(context).unseen).toEqual([]);
  });
});
