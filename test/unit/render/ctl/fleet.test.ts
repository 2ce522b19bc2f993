import { describe, expect, it } from 'vitest';
import { drawn } from '../../../../src/commands/ctl/draw.ts';
import { driftView, fleetBlocks, progressText, statusView } from '../../../../src/render/ctl/fleet.ts';
import { STATUS } from '../../../support/ctl-facts.ts';

describe('the progress of a fleet', () => {
  it('is a bar with numbers, and with the failures', () => {
    const shown = { title: 'status', total: 8, done: 4, failed: 0 };
    expect(progressText(shown)).toBe('status ████████████░░░░░░░░░░░░ 4 of 8');
    expect(progressText({ ...shown, done: 8, failed: 2 })).toBe(
      'status ████████████████████████ 8 of 8, 2 failed',
    );
    expect(progressText({ ...shown, total: 0, done: 0 })).toContain('0 of 0');
  });
});

describe('the table of a fleet', () => {
  it('has a row for each amphora, what was left out, and how many have which result', () => {
    const host = { amphora: 'amp', address: '192.0.2.1' };
    const { result, reason, cells } = statusView(STATUS);
    const reasonOfOther = `${'a long reason '.repeat(8)}\u001b[2J`;
    const rows = [
      { host, result, reason, cells },
      { host: { amphora: 'other', address: 'x' }, result: 'unreachable', reason: reasonOfOther, cells: [] },
    ];
    const text = drawn(
      fleetBlocks(['load balancer', 'VIP', 'agent', 'haproxy', 'heartbeat'], rows, [
        { amphora: 'gone', reason: 'its status is DELETED' },
      ]),
    );
    expect(text).toMatch(/│ amp {5}│ 192\.0\.2\.1 │ not ready {3}│ lb {12}│/);
    expect(text).toContain('keepalived is down');
    expect(text).toContain('left out: gone: its status is DELETED');
    expect(text).toContain('2 amphorae: 1 not ready, 1 unreachable');
    expect(text).not.toContain('\u001b');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(180);
  });

  it('names the first objects that drift, and keeps a bounded number of them', () => {
    const items = Array.from({ length: 200 }, (_, index) => ({
      ...{ kind: 'mtu', object: `eth${index}`, wanted: 1, seen: 2 },
    }));
    const view = driftView({ mode: 'report', checked_at: null, items });
    expect(view.cells[2]).toBe('mtu eth0\nmtu eth1\nmtu eth2\nand 197 more');
    expect(view).toMatchObject({ result: 'drift', reason: null, facts: { parts_not_looked_at: null } });
    expect(view.facts).toMatchObject({ number: 200, items: expect.objectContaining({ length: 100 }) });
  });

  it('says that drift is not known where the agent has not looked at everything', () => {
    const known = { mode: 'report', checked_at: 'T', items: [] };
    expect(driftView({ ...known, unseen: [] })).toMatchObject({
      ...{ result: 'no drift', reason: null, cells: ['report', 'T', '', '0'] },
    });
    const unseen = [{ kinds: ['mode'], object: 'lb', reason: 'no descriptors' }];
    expect(driftView({ ...known, unseen })).toMatchObject({
      ...{ result: 'unknown', reason: 'not looked at: mode of lb: no descriptors' },
      ...{ cells: ['report', 'T', '', '1'], facts: { number: 0, parts_not_looked_at: 1 } },
    });
    expect(driftView({ ...known, checked_at: null })).toMatchObject({ result: 'unknown' });
  });
});
