import { describe, expect, it } from 'vitest';
import { isInForce, serverRows } from '../../bench/churn/stat-rows.ts';

const CSV = `# pxname,svname,qcur,status,weight,
pool,up,0,UP,7,
pool,rising,0,UP 1/3,1,
pool,out,0,MAINT,3,
pool,gone,0,DOWN,3,

`;

describe('serverRows', () => {
  it('reads status and weight of each server', () => {
    expect(serverRows(CSV).get('up')).toEqual({ status: 'UP', weight: 7 });
    expect(serverRows(CSV).size).toBe(4);
  });

  it('has no server of an empty answer', () => {
    expect(serverRows('').size).toBe(0);
  });
});

describe('isInForce', () => {
  const rows = serverRows(CSV);

  it.each([
    ['weight', 'up', true],
    ['weight', 'rising', false],
    ['enable', 'rising', true],
    ['enable', 'out', false],
    ['disable', 'out', true],
    ['disable', 'up', false],
    ['disable', 'unknown', false],
    ['add', 'up', true],
    ['add', 'gone', false],
    ['add', 'unknown', false],
    ['remove', 'unknown', true],
    ['remove', 'out', true],
    ['remove', 'up', false],
  ] as const)('%s of the member "%s": %s', (kind, id, expected) => {
    const change = kind === 'weight' ? { kind, id, weight: 7 } : { kind, id };
    expect(isInForce(change, rows)).toBe(expected);
  });

  it('is false for a removal while haproxy does not answer', () => {
    expect(isInForce({ kind: 'remove', id: 'unknown' }, serverRows(''))).toBe(false);
  });
});
