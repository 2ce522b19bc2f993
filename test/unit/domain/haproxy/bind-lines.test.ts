import { describe, expect, it } from 'vitest';
import { boundTcpAddresses } from '../../../../src/domain/haproxy/bind-lines.ts';

const shown = (text: string): string[] =>
  boundTcpAddresses(text).map(({ proxy, address, port }) => `${proxy} ${address} ${port}`);

describe('addresses that a configuration binds', () => {
  it('are read from frontends and listens, IPv4 and IPv6, several on a line', () => {
    const text = `frontend one
    bind 10.0.0.1:80
    bind ipv6@[2001:db8::1]:443,2001:db8::2:443 ssl crt-list x
    bind *:81
listen two
    bind "10.0.0.2:82" # bind 10.0.0.3:83
`;
    expect(shown(text)).toEqual([
      'one 10.0.0.1 80',
      'one 2001:db8::1 443',
      'one 2001:db8::2 443',
      'one 0.0.0.0 81',
      'two 10.0.0.2 82',
    ]);
  });

  it('are left out if the agent cannot check them: ranges, files, names, other interfaces, peers', () => {
    const text = `frontend one
    bind 10.0.0.1:80-90
    bind unix@/run/x.sock,fd@4,abns@name,quic4@10.0.0.1:443
    bind example.org:80
    bind "\${ADDRESS}":80
    bind 10.0.0.1:80 interface eth1
    bind 10.0.0.1:81 name x namespace other
peers mine
    bind 10.0.0.1:1025
    peer other 10.0.0.2:1025
`;
    expect(shown(text)).toEqual([]);
  });

  it('are not checked if workers do not share their ports', () => {
    expect(shown('global\n    noreuseport\nfrontend one\n    bind 10.0.0.1:80\n')).toEqual([]);
  });
});
