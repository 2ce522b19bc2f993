import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haproxyConfigText } from '../../../../sandbox/controller/load-balancer.ts';
import { unsafeHaproxyLines } from '../../../../src/domain/haproxy/unsafe-haproxy.ts';

const SOCKET = '/var/lib/octavia/LB.sock';
const findings = (text: string) => unsafeHaproxyLines(text, { statsSocket: SOCKET });

/** A line of the global section, behind one that names a harmless user. */
const inGlobal = (line: string) => findings(`global\n  user nobody\n  ${line}\n`);
const inBackend = (line: string) => findings(`global\n  user nobody\nbackend b\n  ${line}\n`);

const GLOBAL_DANGERS: readonly [line: string, finding?: string][] = [
  ['lua-load /tmp/x.lua'],
  ['lua-load-per-thread /tmp/x.lua'],
  ['lua-prepend-path /tmp/?.lua'],
  ['"lua"-l\\oad /tmp/x.lua', 'lua-load /tmp/x.lua'],
  ["'lua-load'   /tmp/x.lua # as ever", 'lua-load /tmp/x.lua'],
  ['"$' + '{X}load" /tmp/x.lua', '$' + '{X}load'],
  ['user root'],
  ['user root password s3cret', 'user root password'],
  ['user "$NOBODY"', 'user $NOBODY'],
  ['uid 0'],
  ['uid -00'],
  ['group root'],
  ['gid 0'],
  ['insecure-setuid-wanted'],
  ['stats socket /tmp/x.sock level admin', 'stats socket /tmp/x.sock'],
  ['stats socket ipv4@0.0.0.0:9999 level admin', 'stats socket ipv4@0.0.0.0:9999'],
  ['stats socket /var/lib/octavia/../LB.sock'],
  ['stats "$SOCKET" /tmp/x', 'stats $SOCKET /tmp/x'],
  ['program evil'],
  ['maxconn 1\u0007', 'control character \\x07'],
  ['maxconn\r1', 'control character \\x0d'],
];

describe('unsafe in the global section is', () => {
  it.each(GLOBAL_DANGERS)('%j', (line, finding = line) => {
    expect(inGlobal(line)).toEqual([{ line: 3, finding }]);
  });

  it('a directive that a left-out section seems to hide', () => {
    const text = 'global\n user nobody\n.if 0\nuserlist u\n.endif\n user root\n';
    expect(findings(text)).toEqual([{ line: 6, finding: 'user root' }]);
  });

  it('a stats socket whose path is in a variable, shortened if it is long', () => {
    const [unsafe] = inGlobal(`stats socket /tmp/\\x1b${'x'.repeat(1000)}`);
    expect(unsafe?.finding).toMatch(/^stats socket \/tmp\/\\x1bx{100,200}…$/);
  });
});

describe('unsafe in a backend is an external check', () => {
  it.each(['/bin/sh', 'ping-wrapper.sh', '/var/lib/octavia/ping-wrapper.sh.new', '"$X"'])('%s', (program) => {
    expect(inBackend(`external-check command ${program}`)).toHaveLength(1);
  });
});

describe('safe is', () => {
  it.each([
    `stats socket ${SOCKET} mode 0666 level user`,
    `stats socket unix@${SOCKET}`,
    'stats timeout 30s',
    'group nogroup',
    'gid 65534',
    'external-check',
    'insecure-fork-wanted',
    'a-directive-of-haproxy-9 with words',
    '# lua-load /tmp/x.lua',
    'setenv X lua-load',
    'maxconn 1 # tab\tand é',
    'maxconn 1\r',
  ])('%j in the global section', (line) => {
    expect(inGlobal(line)).toEqual([]);
  });

  it.each([
    'external-check command /var/lib/octavia/ping-wrapper.sh',
    'external-check path "/usr/bin:/bin"',
    'stats enable',
    'http-request set-header X-User root',
  ])('%s in a backend', (line) => {
    expect(inBackend(line)).toEqual([]);
  });

  it('a user root of tenants', () => {
    expect(
      findings('global\n user nobody\nuserlist u\n user root password x\n group root users root\n'),
    ).toEqual([]);
  });

  it('the configuration that controllers send', () => {
    const text = haproxyConfigText({
      id: 'LB',
      listenerId: 'L',
      poolId: 'P',
      port: 80,
      vips: [{ address: '10.0.1.100', cidr: '10.0.1.0/24', gateway: '10.0.1.1' }],
      amphorae: [],
      members: [],
    });
    expect(findings(text)).toEqual([]);
  });
});

it('the search for unsafe lines names existing lines of any text, one per line', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'global',
      'lua-load',
      'user',
      'root',
      '.if',
      '.endif',
      'stats',
      '"',
      "'",
      '\\',
      '$',
      '\n',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const text = words.join(' ');
      const count = text.split('\n').length;
      for (const { line = 1, finding } of findings(text)) {
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(count);
        expect(finding).toMatch(/^[^\n\0]+$/);
      }
    }),
  );
});
