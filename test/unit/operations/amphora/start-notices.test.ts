import { describe, expect, it } from 'vitest';
import { startNotices } from '../../../../src/operations/amphora/start-notices.ts';

const CONFIG = {
  bindHost: '::',
  controllers: [{ host: '10.0.0.1', port: 5555 }],
};
const facts = (addresses: readonly string[] = []) => ({ addresses: () => addresses });

describe('the notices at the start of the agent', () => {
  it('are none if nothing is missing', () => {
    expect(startNotices(CONFIG, facts())).toEqual([]);
    expect(startNotices({ ...CONFIG, bindHost: '0.0.0.0' }, facts())).toEqual([]);
  });

  it('include an empty list of controllers', () => {
    expect(startNotices({ ...CONFIG, controllers: [] }, facts())).toEqual([
      expect.stringContaining('no heartbeats will be sent'),
    ]);
  });

  it('include an address that no interface has', () => {
    const config = { ...CONFIG, bindHost: 'fd00::1' };
    expect(startNotices(config, facts(['10.0.0.1', 'fe80::1%eth0']))).toEqual([
      expect.stringContaining('no interface has the address fd00::1'),
    ]);
    expect(startNotices(config, facts(['fd00:0:0::1']))).toEqual([]);
  });
});
