import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redacted, withJoinedLines } from '../../../../src/domain/diagnostics/redaction.ts';

const pem = (): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/** A secret that no other text contains. */
const canary = fc
  .array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'), {
    minLength: 8,
    maxLength: 40,
  })
  .map((letters) => `CANARY${letters.join('')}`);

/** The places in which a secret can stand in a file of an archive. */
const PLACES: readonly (readonly [place: string, text: (secret: string) => string])[] = [
  ['an option of the agent', (secret) => `[health_manager]\nheartbeat_key = ${secret}\n`],
  ['an option without blanks', (secret) => `heartbeat_key=${secret}`],
  ['a continued option', (secret) => `heartbeat_key = first\n  ${secret}\n`],
  ['a URL', (secret) => `transport_url = rabbit://octavia:${secret}@10.0.0.1:5672/`],
  ['a password of another service', (secret) => `[keystone_authtoken]\npassword = ${secret}`],
  [
    "keepalived's password",
    (secret) => `  authentication {\n    auth_type PASS\n    auth_pass ${secret}\n  }`,
  ],
  ["keepalived's JSON", (secret) => `{"data":{"auth_type":1,"auth_data":"${secret}","priority":100}}`],
  [
    'a user list of haproxy',
    (secret) => `userlist u\n    user a password ${secret}\n    user b insecure-password ${secret}`,
  ],
  ['a login of haproxy', (secret) => `    stats auth admin:${secret}`],
  ['a header that haproxy sets', (secret) => `    http-request set-header Authorization "Basic ${secret}"`],
  ['a header of a check', (secret) => `    http-check send meth GET uri / hdr X-Auth-Token ${secret}`],
  ['a request', (secret) => `  00016  Cookie: a=b; session=${secret}\\r\\n\n  00040  Accept: */*\\r\\n`],
  ['an answer', (secret) => `Set-Cookie: session=${secret}; Path=/`],
  ['a login in a request', (secret) => `Authorization: Digest username="a", response="${secret}"`],
  ['a query', (secret) => `GET /?a=1&token=${secret}&b=2 HTTP/1.1`],
  ['a command line', (secret) => `--password=${secret} --other`],
  ['a JSON value', (secret) => JSON.stringify({ a: 1, private_key: secret, passphrase: secret, b: 2 })],
  ['a JSON value with quotes', (secret) => JSON.stringify({ password: `"a\\${secret}` })],
  ['a line of a log', (secret) => `{"level":30,"msg":"x","headers":{"authorization":"Bearer ${secret}"}}`],
  ['a bearer token', (secret) => `sent Bearer ${secret}`],
];

describe('a redacted text', () => {
  it.each(PLACES)('has no secret of %s', (_place, text) => {
    fc.assert(
      fc.property(canary, fc.lorem(), fc.lorem(), (secret, before, after) => {
        expect(redacted(`${before}\n${text(secret)}\n${after}`)).not.toContain(secret);
      }),
      { numRuns: 50 },
    );
  });

  it('has no known secret anywhere', () => {
    fc.assert(
      fc.property(canary, fc.string(), fc.string(), (secret, before, after) => {
        expect(redacted(before + secret + after, [secret])).not.toContain(secret);
      }),
    );
  });

  it('has no line of a PEM block, whole or torn, on lines or in JSON', () => {
    const key = pem();
    const lines = key.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
    const [begin] = key.split('\n');
    const torn = [
      key,
      JSON.stringify({ text: key }),
      key.replace(/-----END[\s\S]*/, ''),
      key.replace(`${begin}\n`, ''),
      `${key}${key}`,
      `${begin}\n${lines[0]}\n${key}`,
      key.replaceAll('\n', '\r\n'),
    ];
    for (const text of torn) {
      for (const line of lines) expect(redacted(`a\n${text}\nb`), text).not.toContain(line);
    }
  });

  it('has everything else', () => {
    const text = [
      'backend pool\n    cookie SRV insert indirect nocache\n    server a 10.0.0.1:80 check weight 1\n',
      '# pxname,svname,qcur\nfrontend,FRONTEND,0\n',
      '{"pid":12,"status":"UP","key":"pool:listener"}',
      '[haproxy_amphora]\nbase_path = /var/lib/octavia\n',
    ].join('\n');
    expect(redacted(text)).toBe(text);
  });

  it('is valid JSON if the text was', () => {
    const value = { a: [{ password: 'x"y' }, { token: '' }], cookie: 'c', end: 1 };
    expect(JSON.parse(redacted(JSON.stringify(value)))).toEqual({
      a: [{ password: '<hidden>' }, { token: '<hidden>' }],
      cookie: '<hidden>',
      end: 1,
    });
  });

  it('does not take the time of a test for a long line without blanks', () => {
    for (const unit of ['a.', 'pass-', '"', 'Cookie', '\\', '-----BEGIN A-----']) {
      expect(redacted(unit.repeat(200_000 / unit.length))).toEqual(expect.any(String));
    }
  });
});

it('the pieces of a long line in the answer to show errors are joined', () => {
  const errors = '  00000  GET / HTTP/1.1\\r\\n\n  00016  Cookie: aaa\n  00086+ bbb\\r\\n\n  00100  \\r\\n\n';
  expect(withJoinedLines(errors)).toBe(
    '  00000  GET / HTTP/1.1\\r\\n\n  00016  Cookie: aaabbb\\r\\n\n  00100  \\r\\n\n',
  );
});
