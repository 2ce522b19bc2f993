/** A request that a careless server would run: it stores a certificate, whose file shows that it ran. */
export const smuggledRequest = (id: string): string =>
  `PUT /1.0/loadbalancer/${id}/certificates/smuggled.pem HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`;

const put = (lines: string): string => `PUT /1.0/vrrp/stop HTTP/1.1\r\nHost: a\r\n${lines}`;

/**
 * Shapes in which two readers of HTTP/1.1 may see the end of a request in different places (RFC 9112, section 11.2),
 * each with the smuggled request where only the careless reader sees one.
 */
export const SMUGGLING: Readonly<Record<string, (smuggled: string) => string>> = {
  'length and chunks': (s) => put(`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${s}`),
  'chunks and length': (s) => put(`Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${s}`),
  'two lengths': (s) => put(`Content-Length: 0\r\nContent-Length: ${s.length}\r\n\r\n${s}`),
  'two equal lengths, one list': (s) => put(`Content-Length: 0, 0\r\n\r\n${s}`),
  'a length with a sign': (s) => put(`Content-Length: +0\r\n\r\n${s}`),
  'a length in hex': (s) => put(`Content-Length: 0x0\r\n\r\n${s}`),
  'a length that is too large': (s) => put(`Content-Length: 18446744073709551616\r\n\r\n${s}`),
  'a blank before the colon': (s) => put(`Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${s}`),
  'a tab before the colon': (s) => put(`Content-Length\t: 0\r\n\r\n${s}`),
  'an unknown coding': (s) => put(`Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${s}`),
  'chunked not last': (s) => put(`Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${s}`),
  'chunked in quotes': (s) => put(`Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n${s}`),
  'a folded header': (s) => put(`Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${s}`),
  'a bare line feed': (s) => put(`X: y\nContent-Length: ${s.length}\r\n\r\n${s}`),
  'a bare carriage return': (s) => put(`X: y\rContent-Length: 0\r\n\r\n${s}`),
  'a NUL in a header': (s) => put(`X: \u0000\r\n\r\n${s}`),
  'a chunk size that overflows': (s) =>
    put(`Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n${s}\r\n0\r\n\r\n`),
  'a negative chunk size': (s) => put(`Transfer-Encoding: chunked\r\n\r\n-1\r\n${s}\r\n0\r\n\r\n`),
  'a chunk without its line end': (s) => put(`Transfer-Encoding: chunked\r\n\r\n1\r\naX0\r\n\r\n${s}`),
  'a bare line feed behind a chunk size': (s) => put(`Transfer-Encoding: chunked\r\n\r\n0\n\n${s}`),
  'an endless chunk extension': (s) =>
    put(`Transfer-Encoding: chunked\r\n\r\n1;${'e'.repeat(20_000)}\r\na\r\n0\r\n\r\n${s}`),
  'a blank in the target': (s) => `PUT /1.0/vrrp/stop x HTTP/1.1\r\nHost: a\r\n\r\n${s}`,
  'no version': (s) => `GET /1.0/info\r\n\r\n${s}`,
  'version 2': (s) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${s}`,
  'an unknown method': (s) => `SMUGGLE / HTTP/1.1\r\nHost: a\r\n\r\n${s}`,
  'a line end in front of a blank': (s) => ` GET / HTTP/1.1\r\nHost: a\r\n\r\n${s}`,
};
