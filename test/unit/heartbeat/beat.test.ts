import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { BeatOutcome } from '../../../src/heartbeat/settings.ts';
import { beatWorld, received, SETTINGS } from '../../support/heartbeat/beat-world.ts';

describe('a heartbeat of the agent', () => {
  it('goes to one controller after the other, numbers messages from 0 and has the growth of counters', async () => {
    const { beat, state } = beatWorld();
    for (let beats = 0; beats < 4; beats += 1) {
      await beat();
      state.bin += 5;
    }
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 5],
      ['three', 2, 5],
      ['one', 3, 5],
    ]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([10, 15, 20, 25]);
    expect(state.loads).toBe(1);
  });

  it('has no traffic of a listener with unknown counters, and the growth when they are known', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.countersAreKnown = false;
    await beat();
    Object.assign(state, { countersAreKnown: true, bin: 15 });
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 0],
      ['three', 2, 5],
    ]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([10, 10, 15]);
  });

  it('that cannot be sent loses its own turn only, and the next one has its traffic', async () => {
    const { beat, state } = beatWorld();
    state.unreachable.add('one');
    state.unresolvable.add('two');
    for (let beats = 0; beats < 4; beats += 1) {
      await beat();
      state.bin += 5;
    }
    expect(received(state)).toEqual([['three', 2, 20]]);
    expect(state.saved.map((book) => book.reported.get('L')?.bin)).toEqual([
      10,
      undefined,
      undefined,
      20,
      25,
      20,
    ]);
  });

  it('is on disk before it is sent', async () => {
    const { beat, state } = beatWorld();
    const written = Promise.withResolvers<void>();
    state.write = () => written.promise;
    const isSent = beat();
    await delay(10);
    expect(state.sent).toEqual([]);
    written.resolve();
    await isSent;
    expect(received(state)).toEqual([['one', 0, 10]]);
  });

  it('does not wait long for a disk that hangs', async () => {
    const { beat, state } = beatWorld();
    state.write = () => new Promise(() => undefined);
    expect(await beat()).toMatchObject({ kind: 'sent' });
  });

  it('is kept for reports with its size and destination, a failed one with its reason', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.unreachable.add('two');
    await beat();
    state.unresolvable.add('three');
    await beat();
    expect(state.remembered).toEqual([
      { at: expect.any(Number), bytes: expect.any(Number), destination: 'one:1', error: undefined },
      { at: expect.any(Number), bytes: expect.any(Number), destination: 'two:2', error: 'ENETUNREACH' },
      expect.objectContaining({
        destination: 'three:3',
        error: 'the name of the controller has no address',
      }),
    ]);
  });

  it('logs an unreachable controller when it becomes so and when that is over, not every time', async () => {
    const { beat, state, log } = beatWorld();
    state.settings = { ...SETTINGS, controllers: [{ host: 'one', port: 1 }] };
    state.unreachable.add('one');
    await beat();
    await beat();
    state.unreachable.clear();
    await beat();
    await beat();
    expect(log.map(({ level, subject }) => [level, subject])).toEqual([
      [40, 'controller one:1'],
      [30, 'controller one:1'],
    ]);
  });

  it('is not sent while a configured keepalived is down, and no sequence number is used up', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.keepalivedIsDown = true;
    expect(await beat()).toEqual({ kind: 'silent', reason: 'keepalived' });
    expect(await beat()).toEqual({ kind: 'silent', reason: 'keepalived' });
    state.keepalivedIsDown = false;
    state.bin += 3;
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 3],
    ]);
  });

  it('does not change the counters without controllers', async () => {
    const { beat, state } = beatWorld();
    state.settings = { ...SETTINGS, controllers: [] };
    expect(await beat()).toEqual({ kind: 'silent', reason: 'no controllers' });
    expect(state).toMatchObject({ saved: [], loads: 0 });
  });

  it('is not sent without a key', async () => {
    const { beat, state, log } = beatWorld();
    state.settings = { ...SETTINGS, key: undefined };
    expect(await beat()).toEqual({ kind: 'silent', reason: 'no key' });
    expect(log[0]?.subject).toBe('heartbeat_key');
  });

  it('uses new controllers and a new key', async () => {
    const { beat, state } = beatWorld();
    await beat();
    state.settings = { ...SETTINGS, controllers: [{ host: 'new', port: 9 }] };
    await beat();
    expect(state.sent.map(({ to }) => to)).toEqual(['one', 'new']);
  });

  it.each([
    ['auto', undefined, 3],
    ['auto', 3, 3],
    ['auto', 1, 1],
    ['1', 3, 1],
    ['3', 1, 3],
  ] as const)(
    'for the option %s and load balancers of version %s has version %i',
    async (option, observed, version) => {
      const { beat, state } = beatWorld();
      state.settings = { ...SETTINGS, version: option };
      state.version = observed;
      await beat();
      expect(state.sent[0]?.message.ver).toBe(version);
    },
  );

  it('of version 1 has absolute counters and listeners that do not run', async () => {
    const { beat, state } = beatWorld();
    state.version = 1;
    await beat();
    await beat();
    expect(received(state)).toEqual([
      ['one', 0, 10],
      ['two', 1, 10],
    ]);
    expect(state.sent[0]?.message.listeners['S']?.status).toBe('DOWN');
  });

  it('that fits no datagram is sent in parts, with each listener’s traffic once, and logged once', async () => {
    const { beat, state, log } = beatWorld();
    state.members = 4000;
    const outcomes: BeatOutcome[] = [];
    for (let beats = 0; beats < 4; beats += 1) {
      outcomes.push(await beat());
      state.bin += 5;
    }
    expect(outcomes.map((outcome) => 'parts' in outcome && outcome.parts)).toEqual([2, 2, 2, 2]);
    expect(received(state).map(([, , growth]) => growth)).toEqual([10, 0, 10, 0]);
    expect(log.map(({ subject }) => subject)).toEqual(['heartbeat size']);
    state.members = 10;
    await beat();
    expect(received(state).at(-1)).toEqual(['two', 4, 10]);
    expect(log.map(({ msg }) => msg).at(-1)).toBe('the problem is over');
  });

  it('is not sent while the agent closes', async () => {
    const { beat, state, closing } = beatWorld();
    closing.abort();
    expect(await beat()).toEqual({ kind: 'silent', reason: 'closing' });
    expect(state.sent).toEqual([]);
  });

  it('is sent at once if haproxy was read quickly', async () => {
    const { beat, state } = beatWorld();
    state.settings = { ...SETTINGS, intervalMs: 10_000 };
    expect(await beat(performance.now())).toMatchObject({ kind: 'sent' });
    expect(state.waits).toEqual([]);
  });

  it('is sent a twentieth of the interval after it was due if the reading took longer', async () => {
    const { beat, state } = beatWorld();
    state.settings = { ...SETTINGS, intervalMs: 10_000 };
    state.isWaiting = true;
    const due = performance.now() - 210;
    const beating = beat(due);
    await expect.poll(() => state.waits.map(({ moment }) => moment)).toEqual([due + 500]);
    expect(state.sent).toEqual([]);
    state.waits[0]?.end();
    expect(await beating).toMatchObject({ kind: 'sent' });
  });

  it('is not sent if the agent closes before its moment', async () => {
    const { beat, state, closing } = beatWorld();
    state.settings = { ...SETTINGS, intervalMs: 10_000 };
    state.isWaiting = true;
    const beating = beat(performance.now() - 210);
    await expect.poll(() => state.waits.length).toBe(1);
    closing.abort();
    state.waits[0]?.end();
    expect(await beating).toEqual({ kind: 'silent', reason: 'closing' });
    expect(state.sent).toEqual([]);
  });

  it('says by how much it was late at its moment', async () => {
    const { beat, state } = beatWorld();
    const due = performance.now() - 400;
    const outcome = await beat(due);
    // it should have gone out at due + 50
    const latest = performance.now() - due - 50;
    expect(state.waits).toEqual([]);
    const lateMs = 'lateMs' in outcome ? outcome.lateMs : undefined;
    expect(lateMs).toBeGreaterThanOrEqual(350);
    expect(lateMs).toBeLessThanOrEqual(latest);
  });
});
