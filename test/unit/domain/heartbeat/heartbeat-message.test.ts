import { createHmac } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type HeartbeatReport,
  heartbeatText,
  sealHeartbeat,
} from '../../../../src/domain/heartbeat/heartbeat-message.ts';

const report: HeartbeatReport = {
  amphoraId: 'A',
  sequence: 7,
  listeners: [
    { id: 'L1', status: 'OPEN', connections: 3, traffic: { bin: 1, bout: 2, ereq: 4, stot: 5 } },
    { id: 'L2', status: 'OPEN', connections: 0, traffic: { bin: 0, bout: 0, ereq: 0, stot: 0 } },
  ],
  pools: [
    { id: 'P', listenerId: 'L1', key: 'P:L1', status: 'UP', members: new Map([['M', 'UP 1/3']]) },
    { id: 'P', listenerId: 'L2', key: 'P:L2', status: 'DOWN', members: new Map() },
  ],
  stopped: ['L3'],
};
const text = (version: 1 | 3): string => heartbeatText(version, report);

describe('a heartbeat message', () => {
  it('of version 3 names listeners and pools side by side, and no listener that does not run', () => {
    expect(text(3)).toBe(
      '{"id":"A","seq":7,"listeners":{' +
        '"L1":{"status":"OPEN","stats":{"tx":2,"rx":1,"conns":3,"totconns":5,"ereq":4}},' +
        '"L2":{"status":"OPEN","stats":{"tx":0,"rx":0,"conns":0,"totconns":0,"ereq":0}}},' +
        '"pools":{"P:L1":{"status":"UP","members":{"M":"UP 1/3"}},"P:L2":{"status":"DOWN","members":{}}},"ver":3}',
    );
  });

  it('of version 1 has the pools inside their listeners, and DOWN for a listener that does not run', () => {
    expect(JSON.parse(text(1))).toEqual({
      id: 'A',
      seq: 7,
      listeners: {
        L1: {
          status: 'OPEN',
          stats: { tx: 2, rx: 1, conns: 3, totconns: 5, ereq: 4 },
          pools: { P: { status: 'UP', members: { M: 'UP 1/3' } } },
        },
        L2: {
          status: 'OPEN',
          stats: { tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 },
          pools: { P: { status: 'DOWN', members: {} } },
        },
        L3: { status: 'DOWN', stats: { tx: 0, rx: 0, conns: 0, totconns: 0, ereq: 0 }, pools: {} },
      },
      ver: 1,
    });
  });

  it('keeps names with a meaning in JavaScript', () => {
    const members = new Map([['__proto__', 'UP']]);
    const pools = [{ id: 'P', listenerId: 'L', key: 'P:L', status: 'UP', members }];
    expect(heartbeatText(3, { ...report, pools })).toContain('"members":{"__proto__":"UP"}');
  });
});

describe('a heartbeat datagram', () => {
  it('is the message as a zlib stream and 64 hexadecimal digits of its HMAC', () => {
    const datagram = sealHeartbeat(JSON.stringify({ id: 'ä' }), 'schlüssel');
    const payload = datagram.subarray(0, -64);
    expect(inflateSync(payload).toString('utf8')).toBe('{"id":"ä"}');
    const key = Buffer.from('schlüssel', 'utf8');
    expect(datagram.subarray(-64).toString('ascii')).toBe(
      createHmac('sha256', key).update(payload).digest('hex'),
    );
  });
});
