import type { InsertedHeader, ListenerModel } from '../../schemas/models/listener.ts';

/** The values of the headers. haproxy itself quotes a value when Octavia has it quoted. */
const VALUES: Record<Exclude<InsertedHeader, 'X-Forwarded-For' | 'X-Forwarded-Proto'>, string> = {
  'X-Forwarded-Port': '%[dst_port]',
  'X-SSL-Client-Verify': '%[ssl_c_verify]',
  'X-SSL-Client-Has-Cert': '%[ssl_c_used]',
  'X-SSL-Client-DN': '%{+Q}[ssl_c_s_dn]',
  'X-SSL-Client-CN': '%{+Q}[ssl_c_s_dn(cn)]',
  'X-SSL-Issuer': '%{+Q}[ssl_c_i_dn]',
  'X-SSL-Client-SHA1': '%{+Q}[ssl_c_sha1,hex]',
  'X-SSL-Client-Not-Before': '%{+Q}[ssl_c_notbefore]',
  'X-SSL-Client-Not-After': '%{+Q}[ssl_c_notafter]',
};

const ofClientCertificate = (header: InsertedHeader): boolean => header.startsWith('X-SSL-');

/** Returns the lines of a backend in mode http: the headers that its members receive. */
export function headerLines({ protocol, insert_headers }: ListenerModel): string[] {
  const terminates = protocol === 'TERMINATED_HTTPS';
  const headers = insert_headers.filter((header) => terminates || !ofClientCertificate(header));
  // only this listener knows the client's certificate, so a client must not set such headers
  const removal = terminates ? ['http-request del-header X-SSL- -m beg'] : [];
  return [
    ...removal,
    ...headers.map((header) => {
      if (header === 'X-Forwarded-For') return 'option forwardfor';
      if (header === 'X-Forwarded-Proto')
        return `http-request set-header X-Forwarded-Proto ${terminates ? 'https' : 'http'}`;
      return `http-request set-header ${header} ${VALUES[header]}`;
    }),
  ];
}

/** Returns the lines that add Strict-Transport-Security (RFC 6797) to every answer, including haproxy's own. */
export function hstsLines(listener: ListenerModel): string[] {
  const { protocol, hsts_max_age, hsts_include_subdomains, hsts_preload } = listener;
  if (protocol !== 'TERMINATED_HTTPS' || hsts_max_age === undefined) return [];
  const value = [
    `max-age=${hsts_max_age}`,
    ...(hsts_include_subdomains ? ['includeSubDomains'] : []),
    ...(hsts_preload ? ['preload'] : []),
  ].join('; ');
  return [`http-after-response set-header Strict-Transport-Security '${value}'`];
}
