import { describe, expect, it } from 'vitest';
import { otherOwnersIn, probeLine } from '../../../../src/domain/drift/owner-probe.ts';

const ADDRESSES = ['10.0.0.10', 'fd00::10'];
const [HEX4, HEX6] = ['0a00000a', 'fd000000000000000000000000000010'];

describe('a probe for other owners of addresses', () => {
  it('is one line, with the bytes of the addresses', () => {
    const line = probeLine({ interfaceName: 'eth1', seconds: 1, addresses: ADDRESSES });
    expect(line).toBe(`probe eth1 1 ${HEX4} ${HEX6}\n`);
  });

  it.each([
    ['', []],
    [`${HEX6} fa:16:3e:00:00:01\n`, [['fd00::10', 'fa:16:3e:00:00:01']]],
    [
      `${HEX4} fa:16:3e:00:00:01\n${HEX4} fa:16:3e:00:00:02\n`,
      [
        ['10.0.0.10', 'fa:16:3e:00:00:01'],
        ['10.0.0.10', 'fa:16:3e:00:00:02'],
      ],
    ],
    ['0a00000b fa:16:3e:00:00:01\n', []],
  ])('finds the machines that the answer %j names', (text, owners) => {
    const expected = owners.map(([address, macAddress]) => ({ address, macAddress }));
    expect(otherOwnersIn(text, ADDRESSES)).toEqual(expected);
  });
});
