import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  peerName,
  readHaproxyBytes,
  readHaproxyText,
  withoutGroupLine,
} from '../../../../src/domain/haproxy/haproxy-text.ts';
import { configurationLines, linesOf } from '../../../../src/domain/haproxy/haproxy-words.ts';

const L1 = '11111111-1111-4111-8111-111111111111';
const L2 = '11111111-1111-4111-8111-111111111112';

describe('reading a configuration', () => {
  it('finds listeners, their types, the addresses bound and the stats socket', () => {
    const text = `# Configuration for loadbalancer
global
    daemon
    user nobody
    log /run/rsyslog/octavia/log local0
    stats socket /var/lib/octavia/LB.sock mode 0666 level user
defaults
    log global
frontend ${L1}
    maxconn 1000
    redirect scheme https if !{ ssl_fc }
    bind 10.0.0.1:443 ssl crt-list /var/lib/octavia/certs/LB/${L1}.pem   alpn h2,http/1.1
    bind [2001:db8::00aa]:443 ssl crt-list /var/lib/octavia/certs/LB/${L1}.pem
    mode http
frontend ${L2}
    bind 10.0.0.1:22
    mode tcp
    default_backend p:${L2}
backend p:${L2}
    mode tcp
    server m 10.1.1.1:22
`;
    expect(readHaproxyText(text)).toEqual({
      listeners: [
        { id: L1, type: 'TERMINATED_HTTPS' },
        { id: L2, type: 'TCP' },
      ],
      vips: ['10.0.0.1', '2001:db8::aa'],
      statsSocket: '/var/lib/octavia/LB.sock',
      hasMetricsListener: false,
    });
  });

  it('finds a metrics listener if haproxy forwards to the metrics proxy', () => {
    const exporter = 'backend prometheus-exporter-internal\n    server prometheus-internal 127.0.0.1:9102\n';
    expect(readHaproxyText(exporter).hasMetricsListener).toBe(true);
    expect(readHaproxyText(`# ${exporter.replaceAll('\n', '\n#')}`).hasMetricsListener).toBe(false);
    expect(readHaproxyText(`frontend ${L1}\n    bind 10.0.0.1:80\n`).hasMetricsListener).toBe(false);
  });

  it.each([
    ['10.0.0.1:80', ['10.0.0.1']],
    ['10.0.0.1:80,10.0.0.2:8080-8090', ['10.0.0.1', '10.0.0.2']],
    ['2001:db8::1:80', ['2001:db8::1']],
    ['2001:0DB8:0000:0000:0000:0000:0000:0001:80', ['2001:db8::1']],
    ['ipv6@[2001:db8::1]:80', ['2001:db8::1']],
    ['ipv4@10.0.0.1:80', ['10.0.0.1']],
    ['"10.0.0.1:80"', ['10.0.0.1']],
    ['*:80', []],
    [':80', []],
    [':::80', []],
    ['[::]:80', []],
    ['0.0.0.0:80', []],
    ['127.0.0.1:80', []],
    ['/run/socket', []],
    ['unix@/run/a:b', []],
    ['abns@10.0.0.1', []],
    ['localhost:80', []],
    ['', []],
  ])('bind %s binds %j', (argument, vips) => {
    expect(readHaproxyText(`frontend f\n bind ${argument}\n`).vips).toEqual(vips);
  });

  it('lists an address once in all its spellings', () => {
    const text =
      'frontend f\n bind 2001:db8::1:80\n bind [2001:db8:0::1]:81\nfrontend g\n bind 2001:DB8::1:82\n';
    expect(readHaproxyText(text).vips).toEqual(['2001:db8::1']);
  });

  it.each([
    ['no mode anywhere', 'frontend f\n bind :80\n', 'TCP'],
    ['a mode of the defaults', 'defaults\n mode http\nfrontend f\n bind :80\n', 'HTTP'],
    ['its own mode against the defaults', 'defaults\n mode http\nfrontend f\n mode tcp\n', 'TCP'],
    ['the last defaults before it', 'defaults\n mode http\ndefaults\nfrontend f\n', 'TCP'],
    ['named defaults', 'defaults a\n mode http\ndefaults b\n mode tcp\nfrontend f from a\n', 'HTTP'],
    ['defaults that inherit', 'defaults a\n mode http\ndefaults b from a\nfrontend f\n', 'HTTP'],
    [
      'a certificate as Rocky sends it',
      'frontend f\n mode http\n bind :1 ssl crt /x.pem crt /dir\n',
      'TERMINATED_HTTPS',
    ],
    ['TLS words in a comment', 'frontend f\n mode http\n bind :1 # ssl crt-list x\n', 'HTTP'],
    ['tabs and CRLF', 'frontend\tf\r\n\tmode\thttp\r\n', 'HTTP'],
    ['quotes', '"frontend" \'f\'\n mode "http"\n', 'HTTP'],
  ])('takes the type from %s', (_what, text, type) => {
    expect(readHaproxyText(text).listeners).toEqual([{ id: 'f', type }]);
  });

  it('leaves out the sections of the metrics exporter', () => {
    const text =
      'frontend prometheus-exporter-internal-endpoint\n bind 10.9.9.9:9101\nfrontend f\n bind :80\n';
    expect(readHaproxyText(text)).toMatchObject({ listeners: [{ id: 'f' }], vips: [] });
  });

  it.each([
    ['no stats socket', 'global\n daemon\n', undefined],
    [
      'a TCP socket before a file',
      'global\n stats socket ipv4@1.2.3.4:9\n stats socket unix@/a.sock\n',
      '/a.sock',
    ],
    ['a socket named outside global', 'frontend f\n stats socket /a.sock\n', undefined],
    ['a quoted path', 'global\n stats socket "/a b.sock"\n', '/a b.sock'],
    ['an escaped blank', 'global\n stats socket /a\\ b.sock\n', '/a b.sock'],
  ])('survives %s', (_what, text, statsSocket) => {
    expect(readHaproxyText(text).statsSocket).toBe(statsSocket);
  });

  it('reads any text without an exception', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'frontend ',
        'bind ',
        'mode ',
        'global\n',
        ' from ',
        '"',
        "'",
        '\\',
        '#',
        '\n',
        '\r\n',
        '\t',
        ':',
        '@',
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        const read = readHaproxyText(text);
        expect(read.listeners.every(({ id }) => id !== '')).toBe(true);
        expect(
          configurationLines(text)
            .map((line) => line.raw)
            .join(''),
        ).toBe(text);
        const bytes = Buffer.from(text, 'latin1');
        expect(readHaproxyBytes(bytes)).toEqual(readHaproxyText(bytes.toString('latin1')));
      }),
    );
  });

  it('leaves members, most options and comments of a large configuration out before it splits lines', () => {
    const [kept, left] = [
      'frontend web\n  b"ind" :80\n',
      '# bind\n    server a 10.0.0.1:80 check\n\n  timeout client 5s',
    ];
    expect(linesOf(Buffer.from(`${kept}${left}`), ['bind'])).toBe(kept);
  });
});

describe('the words of a haproxy line', () => {
  it.each([
    ['a b\tc', ['a', 'b', 'c']],
    ['  a  # b', ['a']],
    ['a#b c', ['a']],
    ['a\\#b', ['a#b']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['a"b c"d', ['ab cd']],
    ['"it\'s" \'say "x"\'', ["it's", 'say "x"']],
    ['"a\\"b" \'a\\b\'', ['a"b', 'a\\b']],
    ['\\x41\\n\\t', ['A\n\t']],
    ['""', ['']],
    ['"open end', ['open end']],
    ["'open end", ['open end']],
    ['end\\', ['end\\']],
    ['a\u00a0b', ['a\u00a0b']],
  ])('%j is %j', (line, words) => {
    expect(configurationLines(line).flatMap((one) => one.words)).toEqual(words);
  });
});

describe('the removal of the group line', () => {
  it('is done in the global section only', () => {
    const text = [
      '# group nobody',
      'global',
      '\tgroup nogroup # a comment',
      '    "group"  nobody',
      '    description group a',
      'userlist u',
      '    group G1 users a,b',
      'frontend f',
      '  acl group path /group',
      'global',
      'group last',
    ].join('\n');
    expect(withoutGroupLine(text)).toBe(
      [
        '# group nobody',
        'global',
        '    description group a',
        'userlist u',
        '    group G1 users a,b',
        'frontend f',
        '  acl group path /group',
        'global',
        '',
      ].join('\n'),
    );
  });

  it('keeps every other byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1');
        const source = `global\n group a\r\nfrontend f\n${text}`;
        expect(withoutGroupLine(source)).toBe(`global\nfrontend f\n${text}`);
      }),
    );
  });
});

describe('the peer name', () => {
  it('is the one that Octavia computes', () => {
    expect(peerName('3f2b4a86-6f2f-4a6e-9d1c-0a5b6c7d8e9f')).toBe('hqTuhGKCLprJia6DF_MV5wmVvbI');
  });

  it('starts with x if the digest would start with a hyphen', () => {
    expect(peerName('amphora-5')).toBe('xPpKAXOoZKcGwWqOxr7FXpssC9M');
  });
});
