import type { ListenerModel } from '../../schemas/models/listener.ts';
import type { PoolModel } from '../../schemas/models/pool.ts';
import { type TlsVersion, versionRange } from '../../schemas/models/tls.ts';
import type { CertificateStore } from './certificates.ts';
import { word } from './quoting.ts';

/** The TLS versions that OpenSSL 3 supports only with its security level lowered to 0. */
const WEAK_VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1'];
const VERIFY = { NONE: 'none', OPTIONAL: 'optional', MANDATORY: 'required' } as const;

type Negotiation = Pick<ListenerModel, 'tls_ciphers' | 'tls_versions'>;

/** Whether a listener terminates TLS itself. A listener of the metrics exporter may do so, too. */
export const terminatesTls = (listener: ListenerModel): boolean =>
  listener.protocol === 'TERMINATED_HTTPS' ||
  (listener.protocol === 'PROMETHEUS' && listener.default_tls_container_data !== undefined);

/** Returns the options behind the address of a `bind`. Empty without TLS. */
export function bindOptions(listener: ListenerModel, store: CertificateStore): string[] {
  if (!terminatesTls(listener)) return [];
  return [
    ...['ssl', 'crt-list', word(store.addList(listener))],
    ...clientAuthentication(listener, store),
    ...negotiation(listener),
    ...bindAlpn(listener.alpn_protocols),
  ];
}

function clientAuthentication(listener: ListenerModel, store: CertificateStore): string[] {
  const { client_authentication, client_ca_tls_container_data, client_crl_container_data } = listener;
  if (client_authentication === 'NONE' || client_ca_tls_container_data === undefined) return [];
  return [
    ...['ca-file', word(store.addText(client_ca_tls_container_data))],
    ...['verify', VERIFY[client_authentication]],
    ...(client_crl_container_data === undefined
      ? []
      : ['crl-file', word(store.addText(client_crl_container_data))]),
  ];
}

/**
 * Returns the options for versions and ciphers. Without ssl-min-ver haproxy's oldest version is TLS 1.2, whatever other
 * options say. TLS 1.3 suites have an option of their own; in the option for ciphers they have no effect.
 */
function negotiation({ tls_ciphers, tls_versions }: Negotiation): string[] {
  const names = tls_ciphers.split(':');
  const suites = names.filter((name) => name.startsWith('TLS_'));
  const ciphers = names.filter((name) => !name.startsWith('TLS_'));
  const [oldest, newest] = versionRange(tls_versions);
  if (ciphers.length > 0 && WEAK_VERSIONS.includes(oldest)) ciphers.push('@SECLEVEL=0');
  return [
    ...(ciphers.length === 0 ? [] : ['ciphers', word(ciphers.join(':'))]),
    ...(suites.length === 0 ? [] : ['ciphersuites', word(suites.join(':'))]),
    ...['ssl-min-ver', haproxyVersion(oldest), 'ssl-max-ver', haproxyVersion(newest)],
  ];
}

const haproxyVersion = (version: TlsVersion): string => (version === 'TLSv1' ? 'TLSv1.0' : version);

const alpn = (protocols: readonly string[]): string[] =>
  protocols.length === 0 ? [] : ['alpn', word(protocols.join(','))];

/**
 * Returns the ALPN option of a `bind`. Without `alpn`, haproxy 2.8 and later offer HTTP/2, and 2.6 doesn't support
 * `no-alpn`. So an empty list becomes HTTP/1.0: haproxy supports it and no client requests it, so no version negotiates a
 * protocol.
 */
const bindAlpn = (protocols: readonly string[]): string[] =>
  alpn(protocols.length === 0 ? ['http/1.0'] : protocols);

/** Returns the options for TLS to the members of a pool. Empty without TLS. */
export function serverOptions(
  pool: PoolModel,
  speaks: { readonly mode: 'http' | 'tcp'; readonly sni: string | undefined },
  store: CertificateStore,
): string[] {
  if (!pool.tls_enabled) return [];
  return [
    'ssl',
    ...(pool.tls_container_data === undefined
      ? []
      : ['crt', word(store.addContainer(pool.tls_container_data))]),
    ...memberVerification(pool, store),
    ...(speaks.sni === undefined ? [] : ['sni', word(speaks.sni)]),
    // haproxy 3.0.11 sends the server name of a resumed session even when the new session has none (haproxy/haproxy#3195)
    'no-ssl-reuse',
    ...negotiation(pool),
    // In mode tcp the client chooses the protocol, so haproxy must not offer any.
    ...(speaks.mode === 'http' ? alpn(pool.alpn_protocols) : []),
  ];
}

function memberVerification(pool: PoolModel, store: CertificateStore): string[] {
  const { ca_tls_container_data, crl_container_data } = pool;
  if (ca_tls_container_data === undefined) return ['verify', 'none'];
  return [
    ...['verify', 'required', 'ca-file', word(store.addText(ca_tls_container_data))],
    ...(crl_container_data === undefined ? [] : ['crl-file', word(store.addText(crl_container_data))]),
  ];
}
