import { exampleId, POOL, poolJson } from '../models/models.ts';
import { becomes, type Case, type Decision, decisionsOf, refuses, takes } from './decision.ts';
import { ADMIN_STATE, INFORMS } from './load-balancer.ts';

const OTHER = exampleId(9);
const ID = [takes(OTHER), refuses('x', 'not a UUID')] as const;

const is = (type: string, compare_type: string, key?: string) => ({ type, compare_type, key });
const QUERY = 'contains a ?, which ends the path: write %3F for the character';
const STRAY = 'contains a % that begins no percent-encoding: write %25 for the character';
const PORT_IN_PART = 'not a part of a host name or of an IPv6 address in brackets (without a port)';
const isForms = (form: string): string =>
  `contains characters that clients send in another form: write them in ${form}`;
const halfLabel = (label: string): string =>
  `'${label}' may be a part of a label, and a part has no punycode form`;

const HOST_NAMES: readonly Case[] = [
  takes('www.Example.com', is('HOST_NAME', 'EQUAL_TO')),
  becomes('Bücher.example', 'xn--bcher-kva.example', is('HOST_NAME', 'EQUAL_TO')),
  becomes('2001:DB8::1', '[2001:db8::1]', is('HOST_NAME', 'EQUAL_TO')),
  becomes('[2001:db8:0::1]', '[2001:db8::1]', is('HOST_NAME', 'EQUAL_TO')),
  becomes('.bücher.example', '.xn--bcher-kva.example', is('HOST_NAME', 'ENDS_WITH')),
  becomes('bücher.', 'xn--bcher-kva.', is('HOST_NAME', 'STARTS_WITH')),
  becomes('.ü.', '.xn--tda.', is('HOST_NAME', 'CONTAINS')),
  takes('[2001:db8:', is('HOST_NAME', 'STARTS_WITH')),
  takes(':1]', is('HOST_NAME', 'ENDS_WITH')),
  takes('^www[.]', is('HOST_NAME', 'REGEX')),
  refuses('bücher.example', halfLabel('bücher'), is('HOST_NAME', 'ENDS_WITH')),
  refuses('bücher', halfLabel('bücher'), is('HOST_NAME', 'STARTS_WITH')),
  refuses('ü', halfLabel('ü'), is('HOST_NAME', 'CONTAINS')),
  refuses('ü b', "'ü b' has no punycode form", is('HOST_NAME', 'EQUAL_TO')),
  refuses('１', "'１' has no punycode form", is('HOST_NAME', 'EQUAL_TO')),
  refuses('www.a:80', 'not a host name (a host name has no port)', is('HOST_NAME', 'EQUAL_TO')),
  refuses(':80', PORT_IN_PART, is('HOST_NAME', 'ENDS_WITH')),
  ...['a b', '*.a', 'a/b', 'a,b', 'http//a'].map((name) =>
    refuses(name, 'contains a character that no host name can have', is('HOST_NAME', 'EQUAL_TO')),
  ),
  refuses('^bücher$', isForms('punycode (xn--…)'), is('HOST_NAME', 'REGEX')),
];

const PATHS: readonly Case[] = [
  takes("/a-b_c~d!$&'()*+,;=:@/[]{}|", is('PATH', 'EQUAL_TO')),
  becomes('/bücher/日本 x', '/b%C3%BCcher/%E6%97%A5%E6%9C%AC%20x', is('PATH', 'EQUAL_TO')),
  becomes('/%c3%bc', '/%C3%BC', is('PATH', 'STARTS_WITH')),
  becomes('x#y', 'x%23y', is('PATH', 'CONTAINS')),
  takes('/a%', is('PATH', 'STARTS_WITH')),
  takes('%2', is('PATH', 'CONTAINS')),
  takes('.html', is('PATH', 'ENDS_WITH')),
  takes('^/a?b', is('PATH', 'REGEX')),
  refuses('a', 'does not begin with /, as every path does', is('PATH', 'EQUAL_TO')),
  refuses('a', 'does not begin with /, as every path does', is('PATH', 'STARTS_WITH')),
  refuses('/a?b=c', QUERY, is('PATH', 'EQUAL_TO')),
  refuses('/100%', STRAY, is('PATH', 'EQUAL_TO')),
  refuses('/%zz', STRAY, is('PATH', 'STARTS_WITH')),
  refuses('%', STRAY, is('PATH', 'ENDS_WITH')),
  refuses('/bücher', isForms('percent-encoding (%C3%BC)'), is('PATH', 'REGEX')),
];

const FILE_TYPES: readonly Case[] = [
  takes('css', is('FILE_TYPE', 'EQUAL_TO')),
  becomes('.tar.gz', 'tar.gz', is('FILE_TYPE', 'EQUAL_TO')),
  becomes('ü', '%C3%BC', is('FILE_TYPE', 'EQUAL_TO')),
  takes('^jpe?g$', is('FILE_TYPE', 'REGEX')),
  refuses('.', 'empty', is('FILE_TYPE', 'EQUAL_TO')),
  refuses('a/b', 'contains a /, which no file type can have', is('FILE_TYPE', 'EQUAL_TO')),
  refuses('css?x', QUERY, is('FILE_TYPE', 'EQUAL_TO')),
  refuses(
    '[.]css$',
    'contains a dot, but the file type is the text behind the last dot',
    is('FILE_TYPE', 'REGEX'),
  ),
  refuses('ü', isForms('percent-encoding (%C3%BC)'), is('FILE_TYPE', 'REGEX')),
];

const HEADERS_AND_COOKIES: readonly Case[] = [
  becomes(' a, b ', 'a, b', is('HEADER', 'EQUAL_TO', 'X-A')),
  becomes(' a ', 'a ', is('HEADER', 'STARTS_WITH', 'X-A')),
  becomes(' a ', ' a', is('HEADER', 'ENDS_WITH', 'X-A')),
  takes(' a ', is('HEADER', 'CONTAINS', 'X-A')),
  takes('ü', is('HEADER', 'EQUAL_TO', 'X-A')),
  takes('ü', is('HEADER', 'REGEX', 'X-A')),
  refuses('  ', 'only blanks, which haproxy removes', is('HEADER', 'EQUAL_TO', 'X-A')),
  refuses('a\tb', 'contains a control character', is('HEADER', 'EQUAL_TO', 'X-A')),
  becomes(' a b ', 'a b', is('COOKIE', 'EQUAL_TO', 'a')),
  takes('"a;b"', is('COOKIE', 'EQUAL_TO', 'a')),
  refuses('a;b', 'contains a comma or a semicolon, which ends a cookie', is('COOKIE', 'EQUAL_TO', 'a')),
  refuses(',', 'contains a comma or a semicolon, which ends a cookie', is('COOKIE', 'CONTAINS', 'a')),
];

/** Rules about certificates need a listener that requests them: the test sets that. */
const CERTIFICATES: readonly Case[] = [
  takes('true', is('SSL_CONN_HAS_CERT', 'EQUAL_TO')),
  refuses('false', 'only True is allowed', is('SSL_CONN_HAS_CERT', 'EQUAL_TO')),
  becomes('00', '0', is('SSL_VERIFY_RESULT', 'EQUAL_TO')),
  refuses(
    '18',
    'only 0 is allowed, because haproxy closes the connection for any other result',
    is('SSL_VERIFY_RESULT', 'EQUAL_TO'),
  ),
  takes('ü', is('SSL_DN_FIELD', 'CONTAINS', 'CN')),
];

const NO_FIELD = 'not a field of a distinguished name, such as CN or emailAddress';
const NO_TOKEN = 'not a token (RFC 7230)';
const KEYS: readonly Case[] = [
  takes("X!#$%&'*+-.^_`|~", is('HEADER', 'EQUAL_TO')),
  ...['X A', 'X:A', 'Xä', '', ':path'].map((key) => refuses(key, NO_TOKEN, is('HEADER', 'EQUAL_TO'))),
  ...['a=b', 'a;b', 'ä', ''].map((key) => refuses(key, NO_TOKEN, is('COOKIE', 'EQUAL_TO'))),
  becomes('cn', 'CN', is('SSL_DN_FIELD', 'EQUAL_TO')),
  becomes('commonName', 'CN', is('SSL_DN_FIELD', 'EQUAL_TO')),
  refuses('E', NO_FIELD, is('SSL_DN_FIELD', 'EQUAL_TO')),
  refuses('2.5.4.3', NO_FIELD, is('SSL_DN_FIELD', 'EQUAL_TO')),
  refuses('a', 'not for a PATH rule', { ...is('PATH', 'EQUAL_TO'), value: '/a' }),
  becomes(null, undefined, is('PATH', 'EQUAL_TO')),
];

const URLS: readonly Case[] = [
  takes('https://user:x@example.com:8443/a?b=c#d'),
  takes('http://[2001:db8::1]/<>{}"\\%'),
  becomes('http://Bücher.example/ü ö', 'http://xn--bcher-kva.example/%C3%BC%20%C3%B6'),
  ...['ftp://a/', '//a/', 'http://', 'http:///a', 'http://a b/', 'http://a:99999/', 'javascript:x'].map(
    (url) => refuses(url, 'not an http or https URL'),
  ),
  refuses('http://ü b.example/', "'ü b' has no punycode form"),
  refuses('http://a/\r\nX: y', 'contains a control character'),
];
const besides = (cases: readonly Case[], beside: Case['beside']): Case[] =>
  cases.map((one) => ({ ...one, beside: { ...beside, ...one.beside } }));

const PREFIX = { action: 'REDIRECT_PREFIX' };
const TO_POOL = { action: 'REDIRECT_TO_POOL' };

export const L7_DECISIONS: readonly Decision[] = [
  ...decisionsOf('policy', {
    l7policy_id: ['informs', ...ID],
    listener_id: ['informs', ...ID],
    ...INFORMS,
    project_id: ['informs', takes('p')],
    ...ADMIN_STATE,
    action: [
      'chooses',
      takes('REJECT'),
      refuses('REDIRECT_TO_URL', 'required for REDIRECT_TO_URL', {}, 'redirect_url'),
    ],
    position: ['used', takes(1), becomes(null, 2_147_483_647), refuses(1.5, 'not an int')],
    redirect_pool: ['used', refuses(poolJson(), 'not for REJECT')],
    redirect_pool_id: [
      'used',
      takes(POOL, TO_POOL),
      refuses(null, 'required for REDIRECT_TO_POOL', TO_POOL),
      refuses(POOL, 'not for REJECT'),
    ],
    redirect_url: [
      'converted',
      ...besides(URLS, { action: 'REDIRECT_TO_URL' }),
      refuses('http://a/', 'not for REJECT'),
    ],
    redirect_prefix: [
      'converted',
      ...besides(URLS.slice(1), PREFIX),
      refuses(
        'http://a/?b',
        'contains a ? or a #, and haproxy would append the path of the request behind it',
        PREFIX,
      ),
      refuses(
        'http://a/#b',
        'contains a ? or a #, and haproxy would append the path of the request behind it',
        PREFIX,
      ),
      refuses('http://a/', 'not for REJECT'),
    ],
    redirect_http_code: ['used', becomes(null, 302), refuses(304, 'not one of the allowed values')],
    rules: ['used', becomes(null, [])],
  }),
  ...decisionsOf('rule', {
    l7rule_id: ['used', ...ID],
    l7policy_id: ['informs', ...ID],
    project_id: ['informs', takes('p')],
    ...ADMIN_STATE,
    type: [
      'chooses',
      refuses(
        'QUERY',
        'not one of HOST_NAME, PATH, FILE_TYPE, HEADER, COOKIE, SSL_CONN_HAS_CERT, SSL_VERIFY_RESULT, SSL_DN_FIELD',
      ),
    ],
    compare_type: [
      'used',
      refuses('STARTS_WITH', 'not EQUAL_TO or REGEX, the only ones for FILE_TYPE', { type: 'FILE_TYPE' }),
      refuses('REGEX', 'not EQUAL_TO, the only one for SSL_CONN_HAS_CERT', { type: 'SSL_CONN_HAS_CERT' }),
    ],
    key: ['converted', ...KEYS],
    value: [
      'converted',
      refuses('', 'empty'),
      refuses('\ud800', 'not valid Unicode'),
      ...HOST_NAMES,
      ...PATHS,
      ...FILE_TYPES,
      ...HEADERS_AND_COOKIES,
      ...CERTIFICATES,
    ],
    invert: ['used', takes(true), becomes(null, false)],
  }),
];
