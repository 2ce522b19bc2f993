import { createSecretKey } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { heartbeatText } from '../../../../src/domain/heartbeat/heartbeat-message.ts';
import { createHeartbeatPacker } from '../../../../src/domain/heartbeat/heartbeat-packer.ts';
import { packHeartbeat } from '../../../../src/domain/heartbeat/heartbeat-parts.ts';
import { reportOf } from '../../../support/heartbeat/heartbeat-reports.ts';

const KEY = createSecretKey(Buffer.from('key'));
const textOf = (datagram: Buffer): string => inflateSync(datagram.subarray(0, -64)).toString('utf8');

describe('a packer of heartbeats', () => {
  it.each([1, 3] as const)('packs a content of version %i again under the next number', (version) => {
    const pack = createHeartbeatPacker();
    const content = reportOf(0, { listeners: 2, members: 3 }, () => 'UP');
    for (const sequence of [0, 9, 10, 4_294_967_296]) {
      const packed = pack({ version, amphoraId: 'Ä"', sequence, content }, KEY);
      const report = { ...content, amphoraId: 'Ä"', sequence };
      expect(textOf(packed.datagram)).toBe(heartbeatText(version, report));
      expect(packed).toEqual(packHeartbeat(version, report, KEY));
    }
  });

  it('packs another content, another version and another key', () => {
    const pack = createHeartbeatPacker();
    const [one, other] = ['UP', 'DOWN'].map((status) =>
      reportOf(0, { listeners: 1, members: 1 }, () => status),
    );
    if (one === undefined || other === undefined) throw new Error('there are two reports');
    for (const [version, content] of [
      [3, one],
      [3, other],
      [1, other],
      [3, other],
      [3, one],
    ] as const) {
      for (const key of [KEY, createSecretKey(Buffer.from('other'))]) {
        const packed = pack({ version, amphoraId: 'A', sequence: 1, content }, key);
        const report = { ...content, amphoraId: 'A', sequence: 1 };
        expect(packed).toEqual(packHeartbeat(version, report, key));
      }
    }
  });

  it('sends a content in turns that fits no datagram, also when it is the same object', () => {
    const pack = createHeartbeatPacker();
    const content = reportOf(0, { listeners: 2, members: 4000 }, () => 'no check');
    const carried = [0, 1, 2, 3].map((sequence) => {
      const packed = pack({ version: 3, amphoraId: 'A', sequence, content }, KEY);
      expect(packed.parts).toBeGreaterThan(1);
      return textOf(packed.datagram);
    });
    expect(new Set(carried).size).toBe(4);
  });
});
