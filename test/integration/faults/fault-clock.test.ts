import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGENT_SOURCE, PROGRAMS } from '../../support/amphora/amphora-lab.ts';
import { useFaultLab } from '../../support/amphora/use-lab.ts';

const INTERVAL_MS = 500;
const BEATS = 8;
const CLOCK = path.resolve(import.meta.dirname, '../../fixtures/jumping-clock.ts');

const programs = { ...PROGRAMS, agent: [process.execPath, '--import', CLOCK, AGENT_SOURCE] as const };
const lab = useFaultLab({ heartbeatInterval: INTERVAL_MS / 1000, each: () => ({ programs }) });

/** Returns the time of the agent's last line, by its own clock. */
function agentYear(): number | undefined {
  const [, time] = /"time":(\d+)(?!.*"time":)/s.exec(lab.amphora.agentLog()) ?? [];
  return time === undefined ? undefined : new Date(Number(time)).getFullYear();
}

describe('an agent whose clock jumps a year ahead and then two years back', () => {
  it('sends heartbeats at their rate, neither bunched nor late', async () => {
    const { amphora, ask, world } = lab;
    const { healthManager } = world;
    await expect
      .poll(async () => {
        await ask('GET', '/1.0/info');
        return agentYear();
      })
      .toBe(new Date().getFullYear() - 1);
    const { message: since } = await healthManager.next(() => true);
    await healthManager.next(({ seq }) => seq >= since.seq + BEATS);
    const heard = healthManager.heartbeats.map(({ message }) => message.seq);
    expect(heard).toEqual(heard.map((_, index) => index));
    // an upper limit only: a busy machine makes them fewer
    const [first, last] = [healthManager.heartbeats[0], healthManager.heartbeats.at(-1)];
    const lasted = (last?.receivedAt ?? 0) - (first?.receivedAt ?? 0);
    expect(heard.length).toBeLessThanOrEqual(lasted / INTERVAL_MS + 2);
    // the heartbeat thread would be restarted if it hung
    expect(amphora.agentLog()).not.toContain('heartbeat thread');
  });

  it('reloads, stops and starts haproxy, and restarts one that died, without a delay', async () => {
    const { amphora, steady, troubled, upload, act, beatOf } = lab;
    for (const retries of [4, 5, 6]) {
      expect((await upload(troubled, retries)).status).toBe(202);
      expect((await act(troubled, 'reload')).status).toBe(202);
    }
    const pid = await amphora.readText(`/var/lib/octavia/${troubled.id}/${troubled.id}.pid`);
    await amphora.exec(['kill', '-9', ...pid.trim().split('\n')]);
    await beatOf(steady);
    await beatOf(steady, troubled);
    expect((await act(troubled, 'stop')).status).toBe(202);
    await beatOf(steady);
    expect((await act(troubled, 'start')).status).toBe(202);
    await beatOf(steady, troubled);
  });
});
