import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const PROGRAM = path.resolve(
  import.meta.dirname,
  '../../../image-elements/config-drive/static/usr/lib/amphora/config-drive',
);

/** Calls a function of the program with arguments as JSON. @returns its result as a list */
function call(name: string, ...given: readonly unknown[]): unknown {
  const script = `require $ARGV[0]; print JSON::PP->new->canonical->encode([$ARGV[1]->(@{ JSON::PP::decode_json($ARGV[2]) })])`;
  return JSON.parse(execFileSync('perl', ['-e', script, PROGRAM, name, JSON.stringify(given)]).toString());
}

describe('the config drive of an amphora', () => {
  it('reads its files from the user data that Octavia writes', () => {
    const text = `#cloud-config
# vim: syntax=yaml

write_files:
-   path: /etc/octavia/amphora-agent.conf
    content: |
        [DEFAULT]
        debug = False

        [amphora_agent]
          # indented
        amphora_id = 1

-   path: "/etc/octavia/certs/server.pem"
    permissions: '0600'
    content: |
        -----BEGIN CERTIFICATE-----

runcmd:
- systemctl restart rsyslog
`;
    expect(call('written_files', text)).toEqual([
      {
        path: '/etc/octavia/amphora-agent.conf',
        content: '[DEFAULT]\ndebug = False\n\n[amphora_agent]\n  # indented\namphora_id = 1\n',
      },
      {
        path: '/etc/octavia/certs/server.pem',
        permissions: '0600',
        content: '-----BEGIN CERTIFICATE-----\n',
      },
    ]);
  });

  it('reads no files from user data without files', () => {
    expect(call('written_files', '#cloud-config\nruncmd:\n- path: no\n')).toEqual([]);
  });

  it('describes a network with DHCP', () => {
    const link = { id: 'tap0', ethernet_mac_address: 'fa:16:3e:00:00:01', mtu: 1450 };
    const [text] = call('network_text', link, { type: 'ipv4_dhcp' }) as [string];
    expect(text).toContain(
      '[Match]\nMACAddress=fa:16:3e:00:00:01\n\n[Link]\nMTUBytes=1450\n\n[Network]\nDHCP=ipv4\n',
    );
  });

  it('describes a network without DHCP', () => {
    const link = { ethernet_mac_address: 'fa:16:3e:00:00:01' };
    const ipv4 = {
      type: 'ipv4',
      ip_address: '192.0.2.7',
      netmask: '255.255.254.0',
      routes: [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: '192.0.2.1' }],
    };
    const ipv6 = { type: 'ipv6', ip_address: '2001:db8::7', netmask: 'ffff:ffff:ffff:ffff::', routes: [] };
    const [text] = call('network_text', link, ipv4, ipv6) as [string];
    expect(text).toContain('DHCP=no\nAddress=192.0.2.7/23\nAddress=2001:db8::7/64\n');
    expect(text).toContain('[Route]\nGateway=192.0.2.1\nDestination=0.0.0.0/0\n');
  });
});
