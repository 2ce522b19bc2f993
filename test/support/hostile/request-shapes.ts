import fc from 'fast-check';
import type { Route } from '../../../src/http/routes/route.ts';
import { ROUTES } from '../../../src/http/routes/routes.ts';
import { hostileBody } from './body-shapes.ts';
import { oneOf } from './mostly-good.ts';

/** A request as bytes, with the values that it was made from. */
export interface HostileRequest {
  readonly bytes: Buffer;
  readonly method: string;
  readonly target: string;
  /** the client disconnects after the last byte */
  readonly cutOff: boolean;
}

/** Objects that exist in the amphora, so that requests pass the checks of names. */
export interface Known {
  readonly id: string;
  readonly amphora: string;
}

const NASTY = [
  ...['', '.', '..', '%2e%2e', '..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', '%00', 'a%00.pem', '%', '%zz'],
  ...['%c0%af', '%ff%fe', '%0d%0aX:%20y', '%0a', '$(id)', '`id`', ';id', '|id', '*', '?', '#', '%23', '~'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '-rf',
    '--help',
    '%20',
    '+',
    '\u00e9',
    '%25%32%66',
  ],
  ...['a'.repeat(300), 'a'.repeat(8000), '%e2%80%ae', '0', '-1', 'null', 'undefined', 'NaN', '\\', '..\\..'],
];
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  name: [
    'web.pem',
    '.pem',
    '..pem',
    '../x.pem',
    '..%2fx.pem',
    'x.pem%00',
    `${'a'.repeat(260)}.pem`,
    'x.pem%2f..',
  ],
  action: ['start', 'stop', 'reload', 'START', 'restart', 'haproxy'],
  vip: [
    '10.0.1.100',
    '::1',
    'fe80::1%25eth0',
    '0.0.0.0',
    '255.255.255.255',
    '1.2.3',
    '0x7f.1',
    '::ffff:1.2.3.4',
  ],
  address: ['10.0.1.100', '2001:db8::1', '127.0.0.1', '::', '1.2.3.4.5', '::g', '10.0.1.100%2f24'],
};
const VERSIONS = ['', '/1.0', '/0.5', '/2.0', '/1.0/1.0', '/1.0/..', '//', '/1.0//', '/v1', '/%31.0'];
const METHODS = [
  'GET',
  'PUT',
  'POST',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'PROPFIND',
  'get',
  'M-SEARCH',
];
const HEADERS = [
  ...[
    'Content-Type: application/json',
    'Content-Type: application/xml',
    'Content-Type: ;;;',
    'Content-Type:',
  ],
  ...[
    'Content-Encoding: gzip',
    'Transfer-Encoding: gzip',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: h2c',
  ],
  ...['Connection: close', 'Connection: upgrade', 'Connection: keep-alive, x', 'Range: bytes=0-99999999999'],
  ...[
    'If-None-Match: *',
    'Host:',
    'Host: a',
    'Host: a, b',
    'X-HTTP-Method-Override: DELETE',
    'Trailer: Host',
  ],
  ...[
    'Accept-Encoding: *;q=NaN',
    'Cookie: __proto__=1',
    `X: ${'x'.repeat(4000)}`,
    `X: ${'x'.repeat(20_000)}`,
  ],
  ...[
    'Host : a',
    ' Host: a',
    'No colon',
    ': no name',
    'X: \u0000',
    'X: \u007f',
    'X: a\rb',
    'Content-Length: -1',
  ],
  ...[
    'Content-Length: 0x10',
    'Content-Length: 99999999999999999999',
    'Content-Length: 1, 2',
    'Content-Length: ',
  ],
];

const anyText = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ maxLength: 20 }),
);

function targetOf(route: Route, known: Known): fc.Arbitrary<string> {
  const parts = route.path.split('/').slice(1);
  const filled = parts.map((part) => {
    if (!part.startsWith(':'))
      return oneOf(
        [part],
        anyText.map((text) => text || part),
      );
    const name = part.slice(1);
    return oneOf(PARAMETERS[name] ?? [known.id, known.amphora, known.id.toUpperCase()], anyText);
  });
  const version = oneOf(
    ['', ...(route.versions === 'none' ? [] : route.versions.map((text) => `/${text}`))],
    fc.constantFrom(...VERSIONS),
  );
  const query = oneOf(
    [''],
    anyText.map((text) => `?${text}`),
  );
  return fc
    .tuple(version, fc.tuple(...filled), query)
    .map(([prefix, segments, behind]) => `${prefix}/${segments.join('/')}${behind}`);
}

/** The ways to declare the length of a body, some of them wrong. */
const FRAMINGS: Readonly<Record<string, (body: Buffer) => readonly [header: string, body: Buffer]>> = {
  length: (body) => [`Content-Length: ${body.length}\r\n`, body],
  'too long': (body) => [`Content-Length: ${body.length + 7}\r\n`, body],
  'too short': (body) => [`Content-Length: ${Math.max(0, body.length - 7)}\r\n`, body],
  chunked: (body) => [
    'Transfer-Encoding: chunked\r\n',
    Buffer.concat([...chunks(body), Buffer.from('0\r\n\r\n')]),
  ],
  'no last chunk': (body) => ['Transfer-Encoding: chunked\r\n', Buffer.concat(chunks(body))],
  'not chunked': (body) => ['Transfer-Encoding: chunked\r\n', body],
  'no length': (body) => ['', body],
};

function chunks(body: Buffer): Buffer[] {
  const half = body.length >> 1;
  return [body.subarray(0, half), body.subarray(half)]
    .filter((part) => part.length > 0)
    .flatMap((part) => [Buffer.from(`${part.length.toString(16)};ext=1\r\n`), part, Buffer.from('\r\n')]);
}

const framing = oneOf(['length', 'length', 'chunked'], fc.constantFrom(...Object.keys(FRAMINGS)));
const headerLines = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...HEADERS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  ),
  { maxLength: 3 },
);

function requestTo(route: Route, known: Known): fc.Arbitrary<HostileRequest> {
  return fc
    .record({
      method: oneOf(route.methods, fc.constantFrom(...METHODS)),
      target: targetOf(route, known),
      headers: oneOf(
        [''],
        headerLines.map((lines) => lines.map((line) => `${line}\r\n`).join('')),
      ),
      body: hostileBody(route),
      framing,
      cutOff: fc.nat(19).map((number) => number === 0),
      cutAt: fc.nat(),
    })
    .map(({ method, target, headers, body, framing: kind, cutOff, cutAt }) => {
      const [length, framed] = FRAMINGS[kind]?.(body) ?? ['', body];
      const head = `${method} ${target} HTTP/1.1\r\nHost: a\r\n${headers}${length}\r\n`;
      const whole = Buffer.concat([Buffer.from(head), framed]);
      return { method, target, cutOff, bytes: cutOff ? whole.subarray(0, cutAt % whole.length) : whole };
    });
}

/** Makes requests to every route of the table, under every version. */
export const hostileRequests = (known: Known): fc.Arbitrary<HostileRequest> =>
  fc.oneof(...ROUTES.map((route) => requestTo(route, known)));
