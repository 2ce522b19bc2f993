import { describe, expect, it } from 'vitest';
import { statusText } from '../../../../src/domain/health/status-text.ts';
import { STATUS, withHostileTexts } from '../../../support/health/status-example.ts';

describe('statusText', () => {
  it('has the facts of the page', () => {
    const text = statusText(STATUS);
    for (const line of [
      'not ready\n- interface eth2 is down: amphora-interface up eth2\nattention: member M1 is down\n',
      'VIP 10.0.0.5: the peer\nVIP 10.0.0.6: this amphora, on eth1\n',
      'VRRP I on eth1: BACKUP since 2026-11-28T11:00:00.000Z, peers: 10.0.0.12\n',
      '  listener L: OPEN, 3 connections\n    bytes    ▁ █ 300 B/s in, 2 MB/s out, most 2 MB/s\n',
      '    member M1: DOWN for 3 min, 10.1.0.1:80, 0 sessions, check: L7STS, Layer7 wrong status, 503 Service Unavailable\n',
      'UDP or SCTP listener U: ACTIVE\n',
      'LB failed (other lines), rolled back the line retries of a section defaults\n',
    ])
      expect(text).toContain(line);
  });

  it('has no control character and no line that comes from outside', () => {
    const text = statusText(withHostileTexts('\n- forged\r\u001b[2J\u009b\u202e\u2028'));
    for (const character of '\u001b\u009b\u202e\u2028\r') expect(text).not.toContain(character);
    expect(text).not.toMatch(/^- forged/m);
    // the reason of a failed change may have several lines: they are indented
    const added = STATUS.failed_changes.length;
    expect(text.split('\n')).toHaveLength(statusText(STATUS).split('\n').length + added);
  });
});
