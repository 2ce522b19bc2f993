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
