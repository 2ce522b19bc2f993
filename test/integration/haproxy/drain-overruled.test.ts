import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PAST_NEXT_LOOK_MS, useDrainScene } from '../../support/haproxy/drain-scene.ts';

const {
  world,
  amphora,
  must,
  balancer,
  ONE,
  TWO,
  pool,
  text,
  upload,
  act,
  atDrain,
  drain,
  state,
  untilDrained,
  workerPid,
  adminStates,
  files,
  namesOf,
  holdEach,
  release,
} = useDrainScene();

describe('a reload during a drain brings the member back for good', () => {
  it.each<[string, (before: string) => string]>([
    ['with an identical text', (before) => before],
    ['with another weight, without a new worker', (before) => before.replaceAll('weight 1', 'weight 2')],
    ['with another setting, by a new worker', (before) => before.replace('retries 3', 'retries 2')],
  ])('%s', async (_name, change) => {
    await holdEach();
    await drain(ONE, '?timeout=3');
    await upload(change(text()));
    await act('reload');
    expect(await state()).toMatchObject({ state: 'enabled', deadline: null });
    await delay(3_000 + PAST_NEXT_LOOK_MS);
    expect(await adminStates()).toEqual(['0', '0']);
    expect(await files()).not.toContain('drains.json');
  });

  it('after the end of the drain', async () => {
    await drain(ONE, '?timeout=1');
    await untilDrained();
    await upload(text().replaceAll('weight 1', 'weight 2'));
    await act('reload');
    expect(await state()).toMatchObject({ state: 'enabled' });
    expect(await namesOf(10)).toEqual([ONE, TWO].toSorted());
  });

  it('unless the configuration disables it', async () => {
    await drain(ONE, '?timeout=1');
    await untilDrained();
    await upload(
      text().replaceAll(/^( +server .*)$/gm, (line) => (line.includes(ONE) ? `${line} disabled` : line)),
    );
    await act('reload');
    expect(await state()).toMatchObject({ state: 'disabled' });
    const again = await drain(ONE);
    expect([again.status, again.json]).toEqual([
      202,
      expect.objectContaining({
        ...{ state: 'disabled', deadline: null },
        details: 'the member is in maintenance already: nothing was changed',
      }),
    ]);
    await must('DELETE', atDrain(ONE));
    expect(await namesOf(4)).toEqual([TWO]);
    await world.healthManager.next(({ pools }) => pools?.[pool()]?.members[ONE] === 'MAINT');
  });
});

describe('a restart of the agent during a drain', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('by %s does not end the drain', async (signal) => {
    const { answers } = await holdEach();
    const { json } = await drain(ONE, '?timeout=300');
    await amphora.stopAgent(signal);
    await amphora.startAgent();
    expect(await state()).toMatchObject({
      state: 'draining',
      deadline: (json as { deadline: string }).deadline,
    });
    release();
    await answers;
    await untilDrained();
    expect(await adminStates()).toEqual(['1', '1']);
    await amphora.stopAgent(signal);
    await amphora.startAgent();
    expect(await state()).toMatchObject({ state: 'drained' });
    await must('DELETE', atDrain(ONE));
    expect(await namesOf(10)).toEqual([ONE, TWO].toSorted());
  });

  it('forgets it if another worker runs by then', async () => {
    await holdEach();
    await drain(ONE, '?timeout=300');
    await amphora.stopAgent();
    const before = await workerPid();
    const master = (await amphora.readText(`/var/lib/octavia/${balancer.id}/${balancer.id}.pid`)).trim();
    await amphora.exec(['kill', '-USR2', master]);
    await expect.poll(workerPid).not.toBe(before);
    await amphora.startAgent();
    expect(await state()).toMatchObject({ state: 'enabled' });
    await expect.poll(files).not.toContain('drains.json');
    expect(await adminStates()).toEqual(['0', '0']);
  });
});
