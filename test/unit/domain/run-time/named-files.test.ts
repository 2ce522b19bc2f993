import { describe, expect, it } from 'vitest';
import { namedFiles } from '../../../../src/domain/run-time/named-files.ts';

const frontend = (...lines: readonly string[]): string => ['frontend f', ...lines].join('\n    ');

describe('namedFiles', () => {
  it('finds the files of binds, servers and defaults of servers', () => {
    const text = `${frontend(
      'bind 192.0.2.1:443 ssl crt-list /c/l.pem ca-file /c/ca.pem verify required crl-file /c/crl.pem',
      'bind [2001:db8::1]:443 ssl crt-list /c/l.pem strict-sni',
      'bind :8443 ssl crt /c/one.pem',
    )}
backend b
    default-server ca-file /c/members.pem
    server s 192.0.2.2:443 ssl crt /c/client.pem ca-verify-file /c/names.pem # crt /c/comment.pem
`;
    expect(namedFiles(text)).toMatchObject({
      lists: new Map([
        [
          '/c/l.pem',
          [
            { address: '192.0.2.1', port: 443, isStrict: false },
            { address: '2001:db8::1', port: 443, isStrict: true },
          ],
        ],
      ]),
      certificates: new Map([
        ['/c/one.pem', [{ address: '127.0.0.1', port: 8443, isStrict: false }]],
        ['/c/client.pem', []],
      ]),
      authorities: new Set(['/c/ca.pem', '/c/members.pem', '/c/names.pem']),
      revocations: new Set(['/c/crl.pem']),
      hasMixedBinds: false,
      longestCommand: 15_000,
    });
  });

  it('finds no place for a handshake behind the PROXY protocol, a Unix socket or an interface', () => {
    const text = frontend(
      'bind 192.0.2.1:443 accept-proxy ssl crt /c/a.pem',
      'bind /run/x.sock ssl crt /c/a.pem',
      'bind 192.0.2.1:444 interface eth1 ssl crt /c/a.pem',
    );
    expect(namedFiles(text)).toMatchObject({ certificates: new Map([['/c/a.pem', []]]) });
  });

  it('finds binds with several certificates, and a small buffer', () => {
    const text = frontend('bind :443 ssl crt /c/a.pem crt-list /c/l.pem');
    expect(namedFiles(`global\n    tune.bufsize 8192\n${text}`)).toMatchObject({
      hasMixedBinds: true,
      longestCommand: 6_808,
    });
  });

  it.each([
    ['global\n    crt-base /etc/certs\n', 'the configuration has crt-base'],
    ['global\n    issuers-chain-path /etc/certs\n', 'the configuration has issuers-chain-path'],
    [frontend('ssl-f-use crt /c/a.pem'), 'the configuration has ssl-f-use'],
    [frontend('bind :443 ssl crt a.pem'), 'the path of a file is relative or has special characters'],
    [frontend('bind :443 ssl crt "/c/a b.pem"'), 'the path of a file is relative or has special characters'],
    [frontend('bind :443 ssl crt "/c/a;b.pem"'), 'the path of a file is relative or has special characters'],
    [frontend('bind :443 ssl crt'), 'the path of a file is relative or has special characters'],
  ])('refuses %j', (text, refusal) => {
    expect(namedFiles(text)).toEqual({ refusal });
  });

  it('leaves out the authorities of the operating system', () => {
    const text = 'backend b\n    server s 192.0.2.2:443 ssl verify required ca-file @system-ca\n';
    expect(namedFiles(text)).toMatchObject({ authorities: new Set() });
  });
});
