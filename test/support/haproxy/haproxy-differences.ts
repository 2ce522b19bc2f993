/** Directives that only one side has, as haproxy-directives.ts writes them, and why ours are better. */
export interface Difference {
  readonly ours?: RegExp;
  readonly octavia?: RegExp;
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    ours: / \| acl \S+ .* -- /,
    octavia: / \| acl /,
    why: 'a value after `--` is never taken for a flag; names of headers and cookies are quoted arguments; hosts match with a port; file types are the extension alone',
  },
  {
    ours: / \| http-request redirect /,
    octavia: / \| redirect code 302 (?:location|prefix) /,
    why: 'the same, evaluated in the order in which it stands',
  },
  {
    octavia: / \| redirect scheme https if !{ ssl_fc }/,
    why: 'never true: every bind of the frontend is of TLS',
  },
  {
    ours: / \| bind \[/,
    octavia: / \| bind [0-9a-f:]+:\d+$/,
    why: 'IPv6 in brackets can not be read in two ways',
  },
  {
    ours: / \| server \S+ \[/,
    octavia: / \| server \S+ [0-9a-f:]+:\d+$/,
    why: 'IPv6 in brackets can not be read in two ways (N4)',
  },
  {
    ours: / \| (?:bind|server) ssl-(?:min|max)-ver /,
    octavia: / \| (?:bind|server) no-(?:sslv3|tlsv1\d)/,
    why: 'without ssl-min-ver haproxy never speaks anything older than TLS 1.2, even where it is asked to',
  },
  {
    ours: / \| (?:bind|server) cipher(?:s|suites) /,
    octavia: / \| (?:bind|server) ciphers /,
    why: 'suites of TLS 1.3 do nothing in the list of ciphers',
  },
  {
    ours: /^global \| tune\.ssl\.cachesize /,
    why: 'Octavia 12 and later size it by the memory of the amphora; templates of Octavia 11 leave it at the default',
  },
  {
    ours: /^global \| (?:nbthread|cpu-map) /,
    why: 'Octavia 12 and later keep processors for haproxy where the TuneD profile amphora is active; Octavia 11 does not',
  },
  {
    ours: /^frontend \S+ \| log-format .* %\{\+Q\}r %ST /,
    octavia: /^frontend \S+ \| log-format .* - - /,
    why: 'requests for metrics are logged as others are',
  },
  {
    ours: / \| http-request del-header X-SSL- -m beg/,
    why: 'clients can not forge what is said of their certificates (N14)',
  },
  {
    ours: / \| (?:option forwardfor|http-request set-header X-Forwarded-Port )/,
    why: 'members of PROXY pools get the headers that are asked for (N14)',
  },
  {
    ours: / \| stick-table type ipv6 size 10k expire 1d/,
    octavia: / \| stick-table type ip size 10k/,
    why: 'IPv6 clients are remembered too; those that are gone are forgotten (N15)',
  },
  {
    ours: / \| stick(?:-table type binary len 20 size 10k expire 1d$| match .*,sha1$| store-response .*,sha1$)/,
    octavia: / \| stick(?:-table type string len 64 size 10k$| match | store-response )/,
    why: 'cookies that begin with the same 64 bytes are told apart (N15)',
  },
  {
    ours: / \| cookie SRV insert indirect nocache httponly/,
    octavia: / \| cookie SRV insert indirect nocache$/,
    why: "scripts of the pages have no business with haproxy's own cookie (N15)",
  },
  {
    ours: / \| (?:option httpchk$|http-check send |http-check expect status )/,
    octavia: / \| (?:option httpchk .|http-check expect rstatus )/,
    why: 'the words of a check are apart; expected codes are numbers and ranges, not a regular expression',
  },
  {
    octavia: / \| option ssl-hello-chk/,
    ours: / \| server (?:check-ssl|verify none)$/,
    why: 'a TLS-HELLO monitor shakes hands: the fixed SSLv3 greeting is refused by what speaks TLS today (N10)',
  },
  {
    ours: / \| server check-(?:alpn|sni) /,
    why: 'a check speaks HTTP/1, and must not offer more',
  },
  {
    ours: / \| server verify required/,
    octavia: / \| server verify none$/,
    why: 'a CA alone is enough to verify members, with an HTTPS monitor too (N1)',
  },
  {
    ours: / \| (?:server sni var\(txn\.member_name\)|http-request set-var\(txn\.member_name\) )/,
    octavia: / \| server sni ssl_fc_sni/,
    why: 'where the client speaks no TLS the name that is asked for is that of its request (N9)',
  },
  {
    ours: / \| server no-ssl-reuse$/,
    why: 'a request or a check without a name never goes out with the name of the request before',
  },
];
