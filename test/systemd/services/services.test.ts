import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderSystemd } from '../container.ts';
import { type Findings, findings } from './findings.ts';

const TIME_LIMIT_MS = 720_000;

describe('services under real systemd', () => {
  let found: Findings;

  beforeAll(async () => {
    found = findings.parse(await runUnderSystemd('test/systemd/services/scenario.ts', TIME_LIMIT_MS));
  }, TIME_LIMIT_MS);

  it('are chosen where systemd booted the machine', () => {
    expect(found.install.chosen).toBe('systemd');
  });

  it('are installed and enabled without being started', () => {
    const { first, again, changed, enabled, state } = found.install;
    expect({ first, again, changed }).toEqual({ first: 'written', again: 'unchanged', changed: 'written' });
    expect(enabled).toEqual(['enabled', 'enabled']);
    expect(state).toEqual({ status: 'inactive' });
  });

  it('are enabled by the link that systemctl makes', () => {
    const [ours, systemctls] = found.install.links;
    expect(ours).toEqual(systemctls);
    expect(ours).toEqual({
      target: '/usr/lib/systemd/system/amphora-netns.service',
      state: 'enabled',
      wanted: true,
    });
  });

  it('are read by systemd even if the agent was killed before it requested that', () => {
    expect(found.install.daemonReload).toEqual(['yes', 'no']);
  });

  it('run in the namespace that a unit of its own makes', () => {
    const { openFiles: _limits, ...start } = found.start;
    expect(start).toEqual({
      status: 'active',
      answer: 'one',
      namespace: 'amphora-haproxy',
      pidFile: true,
      netns: 'active',
      forwarding: '1',
    });
  });

  it('can be waited for until a start that systemd has begun is over', () => {
    expect(found.settled).toEqual({ before: 'activating', after: 'active' });
  });

  it('can open as many files as the agent computes before they start', () => {
    const { hardLimit, reckoned, running } = found.start.openFiles;
    expect(running).toBe(reckoned);
    expect(running).toBeGreaterThanOrEqual(hardLimit);
  });

  it('reload without a new master', () => {
    expect(found.reload.sameMaster).toBe(true);
  });

  it('refuse a bad configuration with the output of haproxy, and go on serving', () => {
    expect(found.reload.refused).toMatch(/^reload: .*unknown keyword 'bogus'/s);
    expect(found.reload.answer).toBe('two');
  });

  it('reload without systemctl too, and systemd follows by the notifications of the master', () => {
    const { refused: _, ...direct } = found.directReload;
    expect(direct).toEqual({
      sent: 'sent',
      state: { status: 'active', mainPid: expect.any(Number) },
      sameMaster: true,
      subState: 'running',
      byHand: '',
    });
  });

  it('go on serving after such a reload that failed, and reload again by hand', () => {
    expect(found.directReload.refused).toEqual({
      status: 'active',
      answer: 'hand',
      mended: '',
    });
  });

  it('reload without an error when haproxy cannot bind, and the output of haproxy can be read', () => {
    const { said, printed, status, answer } = found.bindConflict;
    expect({ said, status, answer }).toEqual({ said: '', status: 'active', answer: 'two' });
    expect(printed).toMatch(/cannot bind socket/i);
    expect(printed).not.toContain('systemd');
  });

  it('reload again once haproxy can bind', () => {
    expect(found.bindConflict.mended).toBe('');
  });

  it('are started again after a crash', () => {
    expect(found.crash.answer).toBe('four');
  });

  it('are reported when they end', () => {
    expect(found.crash.ended).toEqual([found.crash.name]);
  });

  it('are not active once they are stopped', () => {
    expect(found.failedStart.stopped).toEqual({ status: 'inactive' });
    expect(found.failedStart.reloaded).toContain('is not active, cannot reload');
  });

  it('say why they cannot start, and are started again, without end and with pauses', () => {
    const { said, retries, isLimited } = found.failedStart;
    expect(said).toMatch(/^start: .*unknown keyword 'bogus'/s);
    expect(retries).toBeLessThanOrEqual(2);
    expect(isLimited).toBe(false);
  });

  it('start without waiting for the end of such a pause', () => {
    const { mended, retriesThen, answer } = found.failedStart;
    expect({ mended, retriesThen, answer }).toEqual({ mended: '', retriesThen: 0, answer: 'five' });
  });

  it('include a keepalived that forks', () => {
    expect(found.keepalived).toEqual({ pidFile: true, sameMain: true, stopped: { status: 'inactive' } });
  });

  it('are gone when they are removed, once or twice', () => {
    const { file, answer, load, state } = found.remove;
    expect({ file, answer, load, state }).toEqual({
      file: false,
      answer: undefined,
      load: 'not-found',
      state: { status: 'inactive' },
    });
  });

  it('that are not installed cannot be started', () => {
    expect(found.remove.unknown).toMatch(/^start: .*not found/s);
  });

  it('have an agent that systemd supervises by its watchdog', () => {
    expect(found.notifier).toEqual({ status: 'two lines', restartsWhileAlive: '0', watchdogBit: true });
  });
});
