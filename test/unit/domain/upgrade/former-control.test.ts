import { describe, expect, it } from 'vitest';
import {
  controlOfInstalled,
  divertedFrom,
  isAsDistributed,
  parseConffiles,
} from '../../../../src/domain/upgrade/former-control.ts';

const STATUS = `Package: haproxy
Status: install ok installed
Priority: optional
Version: 2.6.12-1
Config-Version: 2.6.12-1
Depends: libc6 (>= 2.34), adduser
Conffiles:
 /etc/haproxy/haproxy.cfg 0123456789abcdef0123456789abcdef
 /etc/default/haproxy 1123456789abcdef0123456789abcdef obsolete
Description: fast load balancer
 A second line.
 .
 A third one.
`;

describe('controlOfInstalled', () => {
  it('leaves out the fields that only the status of an installed package has', () => {
    expect(controlOfInstalled(STATUS)).toBe(`Package: haproxy
Priority: optional
Version: 2.6.12-1
Depends: libc6 (>= 2.34), adduser
Description: fast load balancer
 A second line.
 .
 A third one.
`);
  });
});

describe('divertedFrom', () => {
  it('finds the real place of the files that another package has diverted', () => {
    const list = [
      'diversion of /usr/bin/amphora-agent to /usr/bin/amphora-agent.octavia by amphora-agent',
      'local diversion of /usr/sbin/x to /usr/sbin/x.distrib',
      '',
    ].join('\n');
    expect([...divertedFrom(list, 'python3-octavia')]).toEqual([
      ['/usr/bin/amphora-agent', '/usr/bin/amphora-agent.octavia'],
      ['/usr/sbin/x', '/usr/sbin/x.distrib'],
    ]);
    expect([...divertedFrom(list, 'amphora-agent').keys()]).toEqual(['/usr/sbin/x']);
  });
});

describe('parseConffiles', () => {
  it('leaves out files that the installed version no longer has', () => {
    const field = /^Conffiles:\n((?: .*\n)+)/m.exec(STATUS)?.[1] ?? '';
    expect(parseConffiles(`\n${field}`)).toEqual([
      { file: '/etc/haproxy/haproxy.cfg', md5: '0123456789abcdef0123456789abcdef' },
    ]);
  });
});

describe('isAsDistributed', () => {
  it('compares the content with that of the package', () => {
    const md5 = '900150983cd24fb0d6963f7d28e17f72';
    expect(isAsDistributed(Buffer.from('abc'), md5)).toBe(true);
    expect(isAsDistributed(Buffer.from('abd'), md5)).toBe(false);
    expect(isAsDistributed(undefined, md5)).toBe(false);
  });
});
