import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecord, type SupervisorRecord } from '../../../../src/host/services/supervisor-record.ts';

const record: SupervisorRecord = {
  name: 'haproxy-a',
  supervised: {
    namespace: 'amphora-haproxy',
    command: ['/usr/sbin/haproxy', '-W'],
    checks: [['/usr/sbin/haproxy', '-c']],
    pidFile: '/a.pid',
    forks: false,
    reloadSignal: 'SIGUSR2',
    environment: { A: 'b' },
    openFiles: 100,
  },
  enabled: true,
  wanted: 'running',
  boot: 'x/1',
};
const text = JSON.stringify(record);

describe('a record of the supervisor', () => {
  it('is read back as it was written', () => {
    expect(parseRecord(text)).toEqual(record);
  });

  it('that is cut off is ignored', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(parseRecord(text.slice(0, length))).toBeUndefined();
      }),
    );
  });

  it.each(['name', 'supervised', 'enabled', 'wanted', 'boot'])('without %s is ignored', (key) => {
    expect(parseRecord(JSON.stringify({ ...record, [key]: undefined }))).toBeUndefined();
  });

  it.each(Object.keys(record.supervised))('with a wrong %s is ignored', (key) => {
    const supervised = { ...record.supervised, [key]: { wrong: [1] } };
    expect(parseRecord(JSON.stringify({ ...record, supervised }))).toBeUndefined();
  });

  it('never causes an exception', () => {
    fc.assert(fc.property(fc.json(), (json) => void parseRecord(json)));
  });
});
