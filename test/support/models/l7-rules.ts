import type { Question } from '../haproxy/http-client.ts';

type Fields = Readonly<Record<string, unknown>>;

export const rule = (type: string, compare_type: string, value: string, more: Fields = {}): Fields => ({
  type,
  compare_type,
  value,
  ...more,
});

const host = (name: string): Question => ({ headers: { host: name } });
export const path = (text: string): Question => ({ path: text });
const header = (value: string): Question => ({ headers: { 'x-kind': value } });
const cookie = (value: string): Question => ({ headers: { cookie: value } });

/** Returns a text in the bytes of a client that sends UTF-8: Node's client writes Latin-1. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const kind = { key: 'X-Kind' };
const session = { key: 'session' };

/** A rule, requests that match it, and requests that do not. */
export const L7_RULES: readonly (readonly [Fields, Question[], Question[]])[] = [
  [
    rule('HOST_NAME', 'EQUAL_TO', 'www.example.com'),
    [host('www.example.com'), host('WWW.example.com:8080')],
    [host('example.com'), host('www.example.com.evil')],
  ],
  [
    rule('HOST_NAME', 'ENDS_WITH', '.example.com'),
    [host('a.example.com'), host('a.example.com:80')],
    [host('a.example.org')],
  ],
  [rule('HOST_NAME', 'STARTS_WITH', 'www.'), [host('www.a')], [host('a.www.b')]],
  [rule('HOST_NAME', 'CONTAINS', 'examp'), [host('an.example.com')], [host('a.b')]],
  [rule('HOST_NAME', 'REGEX', '^w+[.]a$'), [host('www.a:80'), host('w.a')], [host('www.a.b')]],
  [
    rule('HOST_NAME', 'EQUAL_TO', 'www.Bücher.example'),
    [host('www.xn--bcher-kva.example'), host('WWW.XN--BCHER-KVA.example:80')],
    [host('www.bcher.example'), host('xn--bcher-kva.example')],
  ],
  [
    rule('HOST_NAME', 'ENDS_WITH', '.bücher.example'),
    [host('a.xn--bcher-kva.example')],
    [host('a-xn--bcher-kva.example')],
  ],
  [
    rule('HOST_NAME', 'EQUAL_TO', '2001:DB8:0::1'),
    [host('[2001:db8::1]'), host('[2001:db8::1]:8080')],
    [host('[2001:db8::2]')],
  ],
  [rule('HOST_NAME', 'STARTS_WITH', '[2001:db8:'), [host('[2001:db8::1]:80')], [host('[2001:db9::1]')]],
  [rule('PATH', 'EQUAL_TO', '/a'), [path('/a'), path('/a?b=c')], [path('/a/'), path('/A')]],
  [rule('PATH', 'STARTS_WITH', '/a'), [path('/ab')], [path('/b/a')]],
  [rule('PATH', 'ENDS_WITH', 'b'), [path('/ab'), path('/ab?c')], [path('/abc')]],
  [rule('PATH', 'CONTAINS', 'b#'), [path('/ab%23')], [path('/ab'), path('/b')]],
  [
    rule('PATH', 'EQUAL_TO', '/bücher x'),
    [path('/b%C3%BCcher%20x'), path('/b%c3%bccher%20x?y')],
    [path('/b%C3%BCcher'), path('/bucher%20x')],
  ],
  [
    rule('PATH', 'STARTS_WITH', '/%c3%BCber'),
    [path('/%C3%BCber'), path('/%c3%bcber/x')],
    [path('/%C3%BC'), path('/x/%C3%BCber')],
  ],
  [rule('PATH', 'STARTS_WITH', '/a%'), [path('/a%20b'), path('/a%C3%BC')], [path('/a')]],
  [
    rule('PATH', 'ENDS_WITH', '{x}|[1]^'),
    [path('/{x}|[1]^'), path('/%7Bx%7D%7C%5B1%5D%5E'), path('/%7bx%7d%7c%5b1%5d%5e')],
    [path('/x')],
  ],
  [rule('PATH', 'REGEX', '^/a{2,3}$'), [path('/aa'), path('/aaa')], [path('/a'), path('/aaaa')]],
  [
    rule('FILE_TYPE', 'EQUAL_TO', 'css'),
    [path('/a.css'), path('/a.b/c.min.css?x=1')],
    [path('/notacss'), path('/css'), path('/a.css/b'), path('/a.css.gif')],
  ],
  [rule('FILE_TYPE', 'EQUAL_TO', '.css'), [path('/a.css')], [path('/acss'), path('/a.css.gif')]],
  [rule('FILE_TYPE', 'EQUAL_TO', 'tar.gz'), [path('/a.tar.gz')], [path('/a.gz'), path('/atar.gz')]],
  [rule('FILE_TYPE', 'EQUAL_TO', 'ü'), [path('/a.%C3%BC'), path('/a.%c3%bc')], [path('/a.u')]],
  [
    rule('FILE_TYPE', 'REGEX', '^(jpe?g|png)$'),
    [path('/a.jpg'), path('/x.y/b.png')],
    [path('/png/b.gif'), path('/a.jpg/b'), path('/jpg')],
  ],
  [rule('HEADER', 'EQUAL_TO', 'a b', kind), [header('a b')], [header('a'), header('b'), {}]],
  [rule('HEADER', 'EQUAL_TO', ' a b ', kind), [header('a b')], [header('a'), header('b')]],
  [rule('HEADER', 'STARTS_WITH', ' a ', kind), [header('a b')], [header('ab')]],
  [rule('HEADER', 'ENDS_WITH', ' b ', kind), [header('a b')], [header('ab')]],
  [rule('HEADER', 'EQUAL_TO', 'ü', kind), [header(utf8('ü'))], [header('u')]],
  [rule('HEADER', 'EQUAL_TO', 'a,b', kind), [header('a,b')], [header('a'), header('b')]],
  [rule('HEADER', 'EQUAL_TO', 'a#b', kind), [header('a#b')], [header('a')]],
  [rule('HEADER', 'EQUAL_TO', '-i', kind), [header('-i')], [header('x')]],
  [rule('HEADER', 'EQUAL_TO', '"quoted"', kind), [header('"quoted"')], [header('quoted')]],
  [
    rule('HEADER', 'EQUAL_TO', "<it's> & $HOME\\ %[src]", kind),
    [header("<it's> & $HOME\\ %[src]")],
    [header("<it's>")],
  ],
  [rule('HEADER', 'STARTS_WITH', 'ab', kind), [header('abc'), header('x, abc')], [header('bab')]],
  [rule('HEADER', 'ENDS_WITH', 'ab', kind), [header('cab')], [header('abc')]],
  [rule('HEADER', 'CONTAINS', ' x ', kind), [header('a x b')], [header('axb')]],
  [rule('HEADER', 'REGEX', '^a,\\d+$', kind), [header('a,12')], [header('a,b')]],
  [
    rule('HEADER', 'EQUAL_TO', 'yes', { key: "X!#$%&'*+-.^_`|~" }),
    [{ headers: { "x!#$%&'*+-.^_`|~": 'yes' } }],
    [{ headers: { x: 'yes' } }],
  ],
  [
    rule('COOKIE', 'EQUAL_TO', 'a', session),
    [cookie('session=a'), cookie('b=c; session=a')],
    [cookie('session=ab'), cookie('other=a')],
  ],
  [rule('COOKIE', 'EQUAL_TO', ' a b', session), [cookie('session=a b; c=d')], [cookie('session=ab')]],
  [rule('COOKIE', 'EQUAL_TO', '"a;b"', session), [cookie('session="a;b"; c=d')], [cookie('session=a')]],
  [rule('COOKIE', 'EQUAL_TO', 'ü', session), [cookie(utf8('session=ü'))], [cookie('session=u')]],
  [rule('COOKIE', 'STARTS_WITH', 'a', session), [cookie('session=ab')], [cookie('session=ba')]],
  [rule('COOKIE', 'ENDS_WITH', 'a', session), [cookie('session=ba')], [cookie('session=ab')]],
  [rule('COOKIE', 'CONTAINS', 'a', session), [cookie('session=bab')], [cookie('session=b')]],
  [rule('COOKIE', 'REGEX', '^[0-9]+$', session), [cookie('session=12')], [cookie('session=1x')]],
];
