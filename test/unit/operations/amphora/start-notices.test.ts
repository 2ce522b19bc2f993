import { describe, expect, it } from 'vitest';
import { startNotices } from '../../../../src/operations/amphora/start-notices.ts';

const CONFIG = {
  bindHost: '::',
  controllers: [{ host: '10.0.0.1', port: 5555 }],
  haproxyCmd: '/usr/sbin/haproxy',
};
const facts = (addresses: readonly string[] = [], missing: readonly string[] = []) => ({
  addresses: () => addresses,
  canRun: (program: string) => Promise.resolve(!missing.includes(program)),
});

describe('the notices at the start of the agent', () => {
  it('are none if nothing is missing', async () => {
    expect(await startNotices(CONFIG, facts())).toEqual([]);
    expect(await startNotices({ ...CONFIG, bindHost: '0.0.0.0' }, facts())).toEqual([]);
  });

  it('include an empty list of controllers', async () => {
    expect(await startNotices({ ...CONFIG, controllers: [] }, facts())).toEqual([
      expect.stringContaining('no heartbeats will be sent'),
    ]);
  });

  it('include an address that no interface has', async () => {
    const config = { ...CONFIG, bindHost: 'fd00::1' };
    expect(await startNotices(config, facts(['10.0.0.1', 'fe80::1%eth0']))).toEqual([
      expect.stringContaining('no interface has the address fd00::1'),
    ]);
    expect(await startNotices(config, facts(['fd00:0:0::1']))).toEqual([]);
  });

  it('include the name of a missing program', async () => {
    expect(await startNotices(CONFIG, facts([], ['/usr/sbin/haproxy', 'nft']))).toEqual([
      'the program /usr/sbin/haproxy is missing or may not be run',
      'the program nft is missing or may not be run',
    ]);
  });
});
