import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseInterfaceFile,
  serializeInterfaceFile,
  withoutMasquerading,
} from '../../../../src/domain/network/interface-file.ts';
import { plansIn } from '../../../support/network/plug-requests.ts';

/** What Debian's octavia-agent 11.0.0 wrote for a VIP. */
const OLDER_FILE = JSON.stringify({
  name: 'eth1',
  addresses: [
    { address: '10.90.0.3', prefixlen: 24 },
    { address: 'fd00:0000:0000:0000:0000:0000:0000:0010', prefixlen: 128, octavia_owned: true },
  ],
  routes: [
    { dst: '0.0.0.0/0', gateway: '10.90.0.1', flags: ['onlink'], table: 1 },
    {
      dst: 'fd00:0000:0000:0000:0000:0000:0000:0000/64',
      prefsrc: 'fd00:0000::0010',
      scope: 'link',
      table: 1,
    },
  ],
  rules: [{ src: 'fd00:0000:0000:0000:0000:0000:0000:0010', src_len: 128, table: 1 }],
  scripts: { up: [{ command: 'octavia-agent-lvs-masquerade add ipv4 eth1' }], down: [] },
});

describe('an interface file', () => {
  it('is read back as it was written', () => {
    const plans = fc.oneof(plansIn('SINGLE'), plansIn('ACTIVE_STANDBY'));
    fc.assert(
      fc.property(plans, (plan) => {
        expect(parseInterfaceFile(serializeInterfaceFile(plan))).toEqual({ value: plan });
      }),
    );
  });

  it.each([0, null, undefined])('has no MTU if it contains %s', (mtu) => {
    const { mtu: _, ...file } = JSON.parse(OLDER_FILE);
    expect(parseInterfaceFile(JSON.stringify({ ...file, mtu }))).toMatchObject({ value: { mtu: undefined } });
  });

  it('of an older agent is read, and its type is derived from its content', () => {
    expect(parseInterfaceFile(OLDER_FILE)).toEqual({
      value: {
        name: 'eth1',
        type: 'vip',
        mtu: undefined,
        addresses: [
          { kind: 'static', address: '10.90.0.3', prefixLength: 24, octaviaOwned: undefined },
          { kind: 'static', address: 'fd00::10', prefixLength: 128, octaviaOwned: true },
        ],
        routes: [
          {
            destination: '0.0.0.0/0',
            table: 1,
            gateway: '10.90.0.1',
            onlink: true,
            preferredSource: undefined,
            scope: undefined,
          },
          {
            destination: 'fd00::/64',
            table: 1,
            gateway: undefined,
            onlink: false,
            preferredSource: 'fd00::10',
            scope: 'link',
          },
        ],
        rules: [{ source: 'fd00::10', sourceLength: 128, table: 1 }],
        scripts: { up: ['octavia-agent-lvs-masquerade add ipv4 eth1'], down: [] },
        isSriov: false,
      },
    });
    const typeOf = (file: object): string => {
      const reading = parseInterfaceFile(JSON.stringify(file));
      return 'value' in reading ? reading.value.type : reading.problem;
    };
    expect(typeOf({ name: 'lo', addresses: [{ address: '127.0.0.1', prefixlen: 8 }] })).toBe('lo');
    expect(typeOf({ name: 'eth2', addresses: [{ dhcp: true, ipv6auto: true }] })).toBe('backend');
  });

  it.each([
    ['{', /JSON/],
    ['[]', /not a JSON object/],
    ['{"addresses":[]}', /name/],
    ['{"name":"eth1","addresses":{}}', /addresses is not a list/],
    ['{"name":"eth1","addresses":[{"address":"10.0.0.300","prefixlen":24}]}', /does not appear to be/],
    [
      '{"name":"eth1","addresses":[{"address":"10.0.0.3","prefixlen":"24"}]}',
      /prefixlen "24" is not a whole number/,
    ],
    ['{"name":"eth1","routes":[{"dst":"10.0.0.0/24","table":-1}]}', /table -1/],
    ['{"name":"eth1","routes":[{"dst":"10.0.0.0/24","gateway":"x dev lo"}]}', /does not appear to be/],
    ['{"name":"eth1","scripts":{"up":["reboot"]}}', /up is not a list of objects/],
  ])('that contains %s is an error as a whole', (text, problem) => {
    expect(parseInterfaceFile(text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('of another agent is read without its masquerading, which this agent does, and with its other commands', () => {
    const commands = [
      'octavia-agent-lvs-masquerade add ipv4 eth1',
      '/usr/local/bin/lvs-masquerade.sh add ipv6 eth1',
      '/usr/local/bin/tell lvs-masquerade.sh',
    ];
    expect(withoutMasquerading(commands)).toEqual(['/usr/local/bin/tell lvs-masquerade.sh']);
  });
});
